package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
)

const informedPods = 20

// podTally counts what an informer's handler was told of each pod.
type podTally struct {
	mutex                           sync.Mutex
	adds, updates, resyncs, deletes map[types.UID]int
}

func (t *podTally) note(counts map[types.UID]int, object any) {
	if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = gone.Obj
	}
	pod, ok := object.(*corev1.Pod)
	if !ok {
		return
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	counts[pod.UID]++
}

// exactly says of how many pods there was that number of notices, and of how many another number.
func (t *podTally) exactly(counts map[types.UID]int, wanted int) map[string]int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	saw := map[string]int{"pods": 0, "others": 0}
	for _, count := range counts {
		if count == wanted {
			saw["pods"]++
		} else {
			saw["others"]++
		}
	}
	return saw
}

func (t *podTally) reached(counts map[types.UID]int, pods int) func(context.Context) (bool, error) {
	return func(context.Context) (bool, error) {
		t.mutex.Lock()
		defer t.mutex.Unlock()
		return len(counts) >= pods, nil
	}
}

func podObject(name string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"set": "informed"}},
		Spec:       corev1.PodSpec{SchedulerName: "nobody", Containers: []corev1.Container{{Name: "c", Image: "c:1"}}},
	}
}

// podInformer has half of its pods before the informer starts and half after, changes each once and deletes each.
func podInformer(ctx context.Context, s *session) (any, error) {
	ctx, stop := context.WithCancel(ctx)
	tally := &podTally{
		adds: map[types.UID]int{}, updates: map[types.UID]int{}, resyncs: map[types.UID]int{}, deletes: map[types.UID]int{},
	}
	factory := informers.NewSharedInformerFactoryWithOptions(s.client, time.Second, informers.WithNamespace(s.namespace),
		informers.WithTweakListOptions(func(options *metav1.ListOptions) { options.LabelSelector = "set=informed" }))
	defer factory.Shutdown()
	defer stop()
	informer := factory.Core().V1().Pods()
	_, err := informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(object any) { tally.note(tally.adds, object) },
		UpdateFunc: func(before, after any) {
			if before.(*corev1.Pod).ResourceVersion == after.(*corev1.Pod).ResourceVersion {
				tally.note(tally.resyncs, after)
			} else {
				tally.note(tally.updates, after)
			}
		},
		DeleteFunc: func(object any) { tally.note(tally.deletes, object) },
	})
	if err != nil {
		return nil, err
	}
	pods := s.client.CoreV1().Pods(s.namespace)
	create := func(from, to int) error {
		for n := from; n < to; n++ {
			if _, err := pods.Create(ctx, podObject(fmt.Sprintf("pod-%d", n)), metav1.CreateOptions{}); err != nil {
				return err
			}
		}
		return nil
	}
	if err := create(0, informedPods/2); err != nil {
		return nil, fmt.Errorf("create: %w", err)
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.Informer().HasSynced) {
		return nil, fmt.Errorf("the informer did not sync")
	}
	listed, err := informer.Lister().Pods(s.namespace).List(labels.Everything())
	if err != nil {
		return nil, err
	}
	saw := map[string]any{"atSync": len(listed)}
	if err := create(informedPods/2, informedPods); err != nil {
		return saw, fmt.Errorf("create: %w", err)
	}
	if err := eventually(ctx, tally.reached(tally.adds, informedPods)); err != nil {
		return saw, fmt.Errorf("adds: %w", err)
	}
	for n := range informedPods {
		patch := []byte(`{"metadata":{"annotations":{"seen":"yes"}}}`)
		if _, err := pods.Patch(ctx, fmt.Sprintf("pod-%d", n), types.StrategicMergePatchType, patch, metav1.PatchOptions{}); err != nil {
			return saw, fmt.Errorf("patch: %w", err)
		}
	}
	if err := eventually(ctx, tally.reached(tally.updates, informedPods)); err != nil {
		return saw, fmt.Errorf("updates: %w", err)
	}
	if err := eventually(ctx, tally.reached(tally.resyncs, informedPods)); err != nil {
		return saw, fmt.Errorf("resync: %w", err)
	}
	saw["resynced"] = len(tally.resyncs)
	err = pods.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "set=informed"})
	if err != nil {
		return saw, fmt.Errorf("deletecollection: %w", err)
	}
	if err := eventually(ctx, tally.reached(tally.deletes, informedPods)); err != nil {
		return saw, fmt.Errorf("deletes: %w", err)
	}
	saw["added"] = tally.exactly(tally.adds, 1)
	saw["updated"] = tally.exactly(tally.updates, 1)
	saw["deleted"] = tally.exactly(tally.deletes, 1)
	return saw, nil
}
