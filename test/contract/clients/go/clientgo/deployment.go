package main

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/util/retry"
)

func deploymentObject(name string, replicas int32) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	surge := intstr.FromString("50%")
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels, Annotations: map[string]string{"note": "schön"}},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Strategy: appsv1.DeploymentStrategy{RollingUpdate: &appsv1.RollingUpdateDeployment{MaxSurge: &surge}},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{
					SchedulerName: "nobody",
					Containers: []corev1.Container{{
						Name:  "web",
						Image: "web:1",
						Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}},
						Env:   []corev1.EnvVar{{Name: "MODE", Value: "a"}},
						Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
							corev1.ResourceCPU:    resource.MustParse("0.25"),
							corev1.ResourceMemory: resource.MustParse("64Mi"),
						}},
						ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{
							HTTPGet: &corev1.HTTPGetAction{Path: "/", Port: intstr.FromString("http")},
						}},
					}},
				},
			},
		},
	}
}

func deploymentLife(ctx context.Context, s *session) (any, error) {
	deployments := s.client.AppsV1().Deployments(s.namespace)
	created, err := deployments.Create(ctx, deploymentObject("web", 2), metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("create: %w", err)
	}
	container := created.Spec.Template.Spec.Containers[0]
	saw := map[string]any{
		"created": map[string]any{
			"generation": created.Generation,
			"note":       created.Annotations["note"],
			"maxSurge":   created.Spec.Strategy.RollingUpdate.MaxSurge.String(),
			// Defaults that the server fills in.
			"maxUnavailable":       created.Spec.Strategy.RollingUpdate.MaxUnavailable.String(),
			"revisionHistoryLimit": *created.Spec.RevisionHistoryLimit,
			"protocol":             string(container.Ports[0].Protocol),
			"probePort":            container.ReadinessProbe.HTTPGet.Port.String(),
			"cpu":                  container.Resources.Requests.Cpu().String(),
			"hasUID":               created.UID != "",
		},
	}
	err = eventually(ctx, func(ctx context.Context) (bool, error) {
		now, err := deployments.Get(ctx, "web", metav1.GetOptions{})
		return err == nil && now.Status.Replicas == 2 && now.Status.ObservedGeneration == now.Generation, err
	})
	if err != nil {
		return saw, fmt.Errorf("the controller's status: %w", err)
	}
	dry, err := deployments.Patch(ctx, "web", types.MergePatchType, []byte(`{"spec":{"replicas":9}}`),
		metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		return saw, fmt.Errorf("dry run: %w", err)
	}
	patches := map[types.PatchType]string{
		types.StrategicMergePatchType: `{"spec":{"template":{"spec":{"containers":[{"name":"web","env":[{"name":"MORE","value":"b"}]}]}}}}`,
		types.MergePatchType:          `{"metadata":{"annotations":{"note":null,"kept":"yes"}}}`,
		types.JSONPatchType:           `[{"op":"replace","path":"/spec/replicas","value":3}]`,
	}
	for kind, body := range patches {
		if _, err := deployments.Patch(ctx, "web", kind, []byte(body), metav1.PatchOptions{}); err != nil {
			return saw, fmt.Errorf("%s: %w", kind, err)
		}
	}
	scale, err := deployments.GetScale(ctx, "web", metav1.GetOptions{})
	if err != nil {
		return saw, fmt.Errorf("get scale: %w", err)
	}
	saw["scale"] = map[string]any{"replicas": scale.Spec.Replicas, "selector": scale.Status.Selector}
	// The controller writes the status meanwhile, so that a version that was read may be old.
	err = retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		now, err := deployments.GetScale(ctx, "web", metav1.GetOptions{})
		if err != nil {
			return err
		}
		now.Spec.Replicas = 1
		_, err = deployments.UpdateScale(ctx, "web", now, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		return saw, fmt.Errorf("update scale: %w", err)
	}
	patched, err := deployments.Get(ctx, "web", metav1.GetOptions{})
	if err != nil {
		return saw, err
	}
	env := map[string]string{}
	for _, variable := range patched.Spec.Template.Spec.Containers[0].Env {
		env[variable.Name] = variable.Value
	}
	saw["patched"] = map[string]any{
		"env": env, "annotations": patched.Annotations, "replicas": *patched.Spec.Replicas, "dryReplicas": *dry.Spec.Replicas,
	}
	other := types.UID("00000000-0000-0000-0000-000000000000")
	err = deployments.Delete(ctx, "web", metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &other}})
	saw["deletionOfAnother"] = string(apierrors.ReasonForError(err))
	foreground := metav1.DeletePropagationForeground
	if err := deployments.Delete(ctx, "web", metav1.DeleteOptions{PropagationPolicy: &foreground}); err != nil {
		return saw, fmt.Errorf("delete: %w", err)
	}
	err = eventually(ctx, func(ctx context.Context) (bool, error) {
		_, err := deployments.Get(ctx, "web", metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return true, nil
		}
		return false, err
	})
	if err != nil {
		return saw, fmt.Errorf("deleted in the foreground: %w", err)
	}
	left, err := s.client.CoreV1().Pods(s.namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=web"})
	if err != nil {
		return saw, err
	}
	saw["podsLeft"] = len(left.Items)
	return saw, nil
}
