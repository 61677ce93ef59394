package main

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

const maxTextLength = 40

type defaulter struct{}

func (defaulter) Default(_ context.Context, greeting *Greeting) error {
	if greeting.Spec.Replicas == nil {
		replicas := int32(2)
		greeting.Spec.Replicas = &replicas
	}
	return nil
}

type validator struct{}

func (validator) ValidateCreate(_ context.Context, greeting *Greeting) (admission.Warnings, error) {
	var warnings admission.Warnings
	if strings.ToUpper(greeting.Spec.Text) == greeting.Spec.Text {
		warnings = append(warnings, "spec.text shouts")
	}
	if len(greeting.Spec.Text) <= maxTextLength {
		return warnings, nil
	}
	return warnings, refused(greeting.Name, field.Invalid(field.NewPath("spec", "text"), greeting.Spec.Text,
		fmt.Sprintf("must have at most %d characters", maxTextLength)))
}

func (v validator) ValidateUpdate(ctx context.Context, before, after *Greeting) (admission.Warnings, error) {
	// What is going only has its finalizer taken away.
	if after.DeletionTimestamp != nil {
		return nil, nil
	}
	if before.Spec.Text != after.Spec.Text {
		return nil, refused(after.Name, field.Forbidden(field.NewPath("spec", "text"), "may not change"))
	}
	return v.ValidateCreate(ctx, after)
}

func (validator) ValidateDelete(_ context.Context, greeting *Greeting) (admission.Warnings, error) {
	if greeting.Labels["keep"] == "true" {
		return nil, apierrors.NewForbidden(schema.GroupResource{Group: groupVersion.Group, Resource: "greetings"}, greeting.Name,
			fmt.Errorf("it has the label keep"))
	}
	return nil, nil
}

func refused(name string, reason *field.Error) error {
	return apierrors.NewInvalid(groupVersion.WithKind("Greeting").GroupKind(), name, field.ErrorList{reason})
}
