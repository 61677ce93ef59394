package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/pager"
)

const pagedObjects = 25

// pages reads a list in parts while it changes, which must not show.
func pages(ctx context.Context, s *session) (any, error) {
	configMaps := s.client.CoreV1().ConfigMaps(s.namespace)
	for n := range pagedObjects {
		object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("page-%02d", n), Labels: map[string]string{"set": "paged"},
		}}
		if _, err := configMaps.Create(ctx, object, metav1.CreateOptions{}); err != nil {
			return nil, err
		}
	}
	options := metav1.ListOptions{LabelSelector: "set=paged", Limit: 10}
	sizes, names, revisions := []int{}, map[string]bool{}, map[string]bool{}
	for {
		page, err := configMaps.List(ctx, options)
		if err != nil {
			return nil, fmt.Errorf("page %d: %w", len(sizes)+1, err)
		}
		sizes = append(sizes, len(page.Items))
		revisions[page.ResourceVersion] = true
		for _, item := range page.Items {
			names[item.Name] = true
		}
		if len(sizes) == 1 {
			if err := configMaps.Delete(ctx, "page-24", metav1.DeleteOptions{}); err != nil {
				return nil, err
			}
		}
		if page.Continue == "" {
			break
		}
		options.Continue = page.Continue
	}
	first, err := configMaps.List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil {
		return nil, err
	}
	counted := 0
	reader := pager.New(pager.SimplePageFunc(func(options metav1.ListOptions) (runtime.Object, error) {
		return configMaps.List(ctx, options)
	}))
	reader.PageSize = 7
	err = reader.EachListItem(ctx, metav1.ListOptions{LabelSelector: "set=paged"}, func(runtime.Object) error {
		counted++
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("pager: %w", err)
	}
	return map[string]any{
		"sizes": sizes, "names": len(names), "revisions": len(revisions), "counted": counted,
		"saysHowManyRemain": first.RemainingItemCount != nil && *first.RemainingItemCount >= pagedObjects-2,
	}, nil
}
