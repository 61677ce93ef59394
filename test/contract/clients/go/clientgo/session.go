package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const poll = 20 * time.Millisecond

// session is a client in a namespace that was made for it.
type session struct {
	config    *rest.Config
	client    *kubernetes.Clientset
	namespace string
}

func newSession(ctx context.Context, config *rest.Config, namespace string) (*session, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	object := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
	if _, err := client.CoreV1().Namespaces().Create(ctx, object, metav1.CreateOptions{}); err != nil {
		return nil, fmt.Errorf("namespace: %w", err)
	}
	err = eventually(ctx, func(ctx context.Context) (bool, error) {
		_, err := client.CoreV1().ServiceAccounts(namespace).Get(ctx, "default", metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		return err == nil, err
	})
	if err != nil {
		return nil, fmt.Errorf("the service account default: %w", err)
	}
	return &session{config: config, client: client, namespace: namespace}, nil
}

func eventually(ctx context.Context, look wait.ConditionWithContextFunc) error {
	return wait.PollUntilContextTimeout(ctx, poll, 30*time.Second, true, look)
}

func pointer[T any](value T) *T { return &value }
