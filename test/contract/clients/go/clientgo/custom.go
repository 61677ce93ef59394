package main

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
)

var definitions = schema.GroupVersionResource{
	Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions",
}

func gadgetDefinition(group string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1",
		"kind":       "CustomResourceDefinition",
		"metadata":   map[string]any{"name": "gadgets." + group},
		"spec": map[string]any{
			"group": group, "scope": "Namespaced",
			"names": map[string]any{"plural": "gadgets", "singular": "gadget", "kind": "Gadget", "listKind": "GadgetList"},
			"versions": []any{map[string]any{
				"name": "v1", "served": true, "storage": true,
				"subresources": map[string]any{"status": map[string]any{}},
				"schema": map[string]any{"openAPIV3Schema": map[string]any{
					"type": "object",
					"properties": map[string]any{
						"spec": map[string]any{"type": "object", "properties": map[string]any{
							"size":  map[string]any{"type": "integer", "minimum": int64(1)},
							"color": map[string]any{"type": "string", "default": "grey"},
						}},
						"status": map[string]any{"type": "object", "properties": map[string]any{
							"ready": map[string]any{"type": "boolean"},
						}},
					},
				}},
			}},
		},
	}}
}

func gadget(group, name string, size int64) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": group + "/v1", "kind": "Gadget",
		"metadata": map[string]any{"name": name},
		"spec":     map[string]any{"size": size, "unknown": "pruned"},
	}}
}

// customResource defines a kind of its own and uses it through the dynamic client and a dynamic informer.
func customResource(ctx context.Context, s *session) (any, error) {
	client, err := dynamic.NewForConfig(s.config)
	if err != nil {
		return nil, err
	}
	group := s.namespace + ".example.com"
	definition, err := client.Resource(definitions).Create(ctx, gadgetDefinition(group), metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("definition: %w", err)
	}
	err = eventually(ctx, func(ctx context.Context) (bool, error) {
		now, err := client.Resource(definitions).Get(ctx, definition.GetName(), metav1.GetOptions{})
		return err == nil && hasCondition(now, "Established"), err
	})
	if err != nil {
		return nil, fmt.Errorf("established: %w", err)
	}
	resource := schema.GroupVersionResource{Group: group, Version: "v1", Resource: "gadgets"}
	gadgets := client.Resource(resource).Namespace(s.namespace)
	ctx, stop := context.WithCancel(ctx)
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(client, 0, s.namespace, nil)
	defer factory.Shutdown()
	defer stop()
	notices := make(chan string, 32)
	informer := factory.ForResource(resource).Informer()
	_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { notices <- "add" },
		UpdateFunc: func(any, any) { notices <- "update" },
		DeleteFunc: func(any) { notices <- "delete" },
	})
	if err != nil {
		return nil, err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return nil, fmt.Errorf("the informer did not sync")
	}
	created, err := gadgets.Create(ctx, gadget(group, "one", 3), metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("create: %w", err)
	}
	saw := map[string]any{"created": created.Object["spec"]}
	_, err = gadgets.Create(ctx, gadget(group, "none", 0), metav1.CreateOptions{})
	saw["tooSmall"] = string(apierrors.ReasonForError(err))
	created.Object["status"] = map[string]any{"ready": true}
	created.Object["spec"] = map[string]any{"size": int64(9)}
	updated, err := gadgets.UpdateStatus(ctx, created, metav1.UpdateOptions{})
	if err != nil {
		return saw, fmt.Errorf("update status: %w", err)
	}
	saw["statusOnly"] = map[string]any{"spec": updated.Object["spec"], "status": updated.Object["status"]}
	patched, err := gadgets.Patch(ctx, "one", types.MergePatchType, []byte(`{"spec":{"size":4}}`), metav1.PatchOptions{})
	if err != nil {
		return saw, fmt.Errorf("patch: %w", err)
	}
	saw["generation"] = patched.GetGeneration()
	_, err = gadgets.Patch(ctx, "one", types.StrategicMergePatchType, []byte(`{}`), metav1.PatchOptions{})
	saw["strategicPatch"] = string(apierrors.ReasonForError(err))
	_, err = gadgets.Apply(ctx, "one", gadget(group, "one", 5), metav1.ApplyOptions{FieldManager: "other"})
	saw["applyUnknown"] = string(apierrors.ReasonForError(err))
	other := gadget(group, "one", 5)
	other.Object["spec"] = map[string]any{"size": int64(5)}
	_, err = gadgets.Apply(ctx, "one", other, metav1.ApplyOptions{FieldManager: "other"})
	saw["applyConflict"] = string(apierrors.ReasonForError(err))
	applied, err := gadgets.Apply(ctx, "one", other, metav1.ApplyOptions{FieldManager: "other", Force: true})
	if err != nil {
		return saw, fmt.Errorf("apply: %w", err)
	}
	saw["applied"] = applied.Object["spec"]
	if err := gadgets.Delete(ctx, "one", metav1.DeleteOptions{}); err != nil {
		return saw, fmt.Errorf("delete: %w", err)
	}
	told := []string{}
	for len(told) == 0 || told[len(told)-1] != "delete" {
		select {
		case notice := <-notices:
			told = append(told, notice)
		case <-ctx.Done():
			return saw, fmt.Errorf("the informer told %v only", told)
		}
	}
	saw["told"] = told
	if err := client.Resource(definitions).Delete(ctx, definition.GetName(), metav1.DeleteOptions{}); err != nil {
		return saw, fmt.Errorf("delete the definition: %w", err)
	}
	err = eventually(ctx, func(ctx context.Context) (bool, error) {
		_, err := gadgets.List(ctx, metav1.ListOptions{})
		return apierrors.IsNotFound(err), nil
	})
	if err != nil {
		return saw, fmt.Errorf("no longer served: %w", err)
	}
	return saw, nil
}

func hasCondition(object *unstructured.Unstructured, wanted string) bool {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, entry := range conditions {
		condition, _ := entry.(map[string]any)
		if condition["type"] == wanted && condition["status"] == "True" {
			return true
		}
	}
	return false
}
