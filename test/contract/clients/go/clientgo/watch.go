package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
)

// watchConfigMaps reads a streaming list with its closing bookmark, and then goes on from it with a watcher that reconnects.
func watchConfigMaps(ctx context.Context, s *session) (any, error) {
	configMaps := s.client.CoreV1().ConfigMaps(s.namespace)
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "watched", Labels: map[string]string{"set": "watched"}}}
	if _, err := configMaps.Create(ctx, object, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	stream, err := configMaps.Watch(ctx, metav1.ListOptions{
		LabelSelector: "set=watched", AllowWatchBookmarks: true, SendInitialEvents: pointer(true),
		ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan, TimeoutSeconds: pointer(int64(30)),
	})
	if err != nil {
		return nil, fmt.Errorf("streaming list: %w", err)
	}
	defer stream.Stop()
	initial := []string{}
	from := ""
	for from == "" {
		event, ok := <-stream.ResultChan()
		if !ok {
			return nil, fmt.Errorf("the stream ended after %v", initial)
		}
		initial = append(initial, describe(event))
		if event.Type == watch.Bookmark {
			from = event.Object.(*corev1.ConfigMap).ResourceVersion
		}
	}
	source := &cache.ListWatch{WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
		options.LabelSelector, options.TimeoutSeconds = "set=watched", pointer(int64(1))
		return configMaps.Watch(ctx, options)
	}}
	again, err := watchtools.NewRetryWatcherWithContext(ctx, from, source)
	if err != nil {
		return nil, err
	}
	defer again.Stop()
	later := []string{}
	for _, change := range []string{"1", "2", "3"} {
		now, err := configMaps.Get(ctx, "watched", metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		if _, err := configMaps.Update(ctx, withData(now, "n", change), metav1.UpdateOptions{}); err != nil {
			return nil, err
		}
		event, err := nextChange(again)
		if err != nil {
			return nil, err
		}
		later = append(later, describe(event))
		// Longer than the server holds each of these watches, so that the watcher has connected again.
		time.Sleep(1200 * time.Millisecond)
	}
	if err := configMaps.Delete(ctx, "watched", metav1.DeleteOptions{}); err != nil {
		return nil, err
	}
	event, err := nextChange(again)
	if err != nil {
		return nil, err
	}
	later = append(later, describe(event))
	return map[string]any{"initial": initial, "later": later}, nil
}

func nextChange(from watch.Interface) (watch.Event, error) {
	for {
		select {
		case event, ok := <-from.ResultChan():
			if !ok {
				return event, fmt.Errorf("the watch ended")
			}
			if event.Type != watch.Bookmark {
				return event, nil
			}
		case <-time.After(10 * time.Second):
			return watch.Event{}, fmt.Errorf("no event")
		}
	}
}

func describe(event watch.Event) string {
	object, ok := event.Object.(*corev1.ConfigMap)
	if !ok {
		return fmt.Sprintf("%s %T", event.Type, event.Object)
	}
	if event.Type == watch.Bookmark {
		return fmt.Sprintf("%s %s", event.Type, object.Annotations[metav1.InitialEventsAnnotationKey])
	}
	return fmt.Sprintf("%s %s%s", event.Type, object.Name, object.Data["n"])
}
