package main

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// refusals collects what client-go makes of the server's errors: programs act on these reasons.
func refusals(ctx context.Context, s *session) (any, error) {
	saw := map[string]any{}
	note := func(name string, err error) {
		var status apierrors.APIStatus
		if !errors.As(err, &status) {
			saw[name] = map[string]any{"unread": err != nil}
			return
		}
		said := status.Status()
		entry := map[string]any{"reason": string(said.Reason), "code": said.Code}
		if said.Details != nil && len(said.Details.Causes) > 0 {
			entry["cause"] = said.Details.Causes[0].Field
		}
		saw[name] = entry
	}
	configMaps := s.client.CoreV1().ConfigMaps(s.namespace)
	_, err := configMaps.Get(ctx, "absent", metav1.GetOptions{})
	note("absent", err)
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "once"}}
	created, err := configMaps.Create(ctx, object, metav1.CreateOptions{})
	if err != nil {
		return saw, err
	}
	_, err = configMaps.Create(ctx, object, metav1.CreateOptions{})
	note("twice", err)
	if _, err := configMaps.Update(ctx, withData(created, "a", "1"), metav1.UpdateOptions{}); err != nil {
		return saw, err
	}
	_, err = configMaps.Update(ctx, withData(created, "a", "2"), metav1.UpdateOptions{})
	note("stale", err)
	bad := deploymentObject("bad", -1)
	_, err = s.client.AppsV1().Deployments(s.namespace).Create(ctx, bad, metav1.CreateOptions{})
	note("invalid", err)
	_, err = configMaps.List(ctx, metav1.ListOptions{LabelSelector: "a in"})
	note("selector", err)
	_, err = configMaps.List(ctx, metav1.ListOptions{Limit: 1, Continue: "nonsense"})
	note("continue", err)
	return saw, nil
}

func withData(object *corev1.ConfigMap, key, value string) *corev1.ConfigMap {
	changed := object.DeepCopy()
	if changed.Data == nil {
		changed.Data = map[string]string{}
	}
	changed.Data[key] = value
	return changed
}
