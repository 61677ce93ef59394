package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	appsapply "k8s.io/client-go/applyconfigurations/apps/v1"
	coreapply "k8s.io/client-go/applyconfigurations/core/v1"
	metaapply "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/util/retry"
)

const counters = 8

func appliedDeployment(namespace string, replicas int32, image string) *appsapply.DeploymentApplyConfiguration {
	labels := map[string]string{"app": "applied"}
	return appsapply.Deployment("applied", namespace).WithSpec(appsapply.DeploymentSpec().
		WithReplicas(replicas).
		WithSelector(metaapply.LabelSelector().WithMatchLabels(labels)).
		WithTemplate(coreapply.PodTemplateSpec().WithLabels(labels).WithSpec(coreapply.PodSpec().
			WithSchedulerName("nobody").
			WithContainers(coreapply.Container().WithName("web").WithImage(image)))))
}

// serverSideApply has two managers of one Deployment.
func serverSideApply(ctx context.Context, s *session) (any, error) {
	deployments := s.client.AppsV1().Deployments(s.namespace)
	mine := metav1.ApplyOptions{FieldManager: "mine"}
	if _, err := deployments.Apply(ctx, appliedDeployment(s.namespace, 1, "web:1"), mine); err != nil {
		return nil, fmt.Errorf("first apply: %w", err)
	}
	again, err := deployments.Apply(ctx, appliedDeployment(s.namespace, 1, "web:1"), mine)
	if err != nil {
		return nil, fmt.Errorf("second apply: %w", err)
	}
	saw := map[string]any{"generationAfterTwice": again.Generation}
	theirs := appsapply.Deployment("applied", s.namespace).WithSpec(appsapply.DeploymentSpec().WithReplicas(5))
	_, err = deployments.Apply(ctx, theirs, metav1.ApplyOptions{FieldManager: "theirs"})
	saw["conflict"] = string(apierrors.ReasonForError(err))
	saw["conflictingField"] = conflictingField(err)
	if _, err := deployments.Apply(ctx, theirs, metav1.ApplyOptions{FieldManager: "theirs", Force: true}); err != nil {
		return saw, fmt.Errorf("force: %w", err)
	}
	// Without replicas mine keeps the rest and leaves replicas to theirs.
	rest := appliedDeployment(s.namespace, 0, "web:2")
	rest.Spec.Replicas = nil
	last, err := deployments.Apply(ctx, rest, mine)
	if err != nil {
		return saw, fmt.Errorf("last apply: %w", err)
	}
	extracted, err := appsapply.ExtractDeployment(last, "mine")
	if err != nil {
		return saw, fmt.Errorf("extract: %w", err)
	}
	saw["last"] = map[string]any{"replicas": *last.Spec.Replicas, "image": last.Spec.Template.Spec.Containers[0].Image}
	saw["extracted"] = map[string]any{
		"hasReplicas": extracted.Spec.Replicas != nil, "image": *extracted.Spec.Template.Spec.Containers[0].Image,
	}
	return saw, deployments.Delete(ctx, "applied", metav1.DeleteOptions{})
}

func conflictingField(err error) string {
	status, ok := err.(apierrors.APIStatus)
	if !ok || status.Status().Details == nil || len(status.Status().Details.Causes) == 0 {
		return ""
	}
	return status.Status().Details.Causes[0].Field
}

// concurrentCounters lets several writers count in one object: none of their steps may be lost.
func concurrentCounters(ctx context.Context, s *session) (any, error) {
	configMaps := s.client.CoreV1().ConfigMaps(s.namespace)
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "counter"}, Data: map[string]string{"n": "0"}}
	if _, err := configMaps.Create(ctx, object, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	backoff := retry.DefaultBackoff
	backoff.Steps = 50
	backoff.Factor = 1
	var writers sync.WaitGroup
	failures := make(chan error, counters)
	for range counters {
		writers.Go(func() {
			for range 5 {
				err := retry.RetryOnConflict(backoff, func() error {
					now, err := configMaps.Get(ctx, "counter", metav1.GetOptions{})
					if err != nil {
						return err
					}
					count, err := strconv.Atoi(now.Data["n"])
					if err != nil {
						return err
					}
					_, err = configMaps.Update(ctx, withData(now, "n", strconv.Itoa(count+1)), metav1.UpdateOptions{})
					return err
				})
				if err != nil {
					failures <- err
					return
				}
			}
		})
	}
	writers.Wait()
	close(failures)
	if err := <-failures; err != nil {
		return nil, err
	}
	last, err := configMaps.Get(ctx, "counter", metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return map[string]any{"counted": last.Data["n"]}, nil
}
