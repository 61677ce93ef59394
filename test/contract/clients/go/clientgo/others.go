package main

import (
	"context"
	"errors"
	"fmt"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/record"
)

// metadataOnly reads objects as garbage collectors and quota controllers do.
func metadataOnly(ctx context.Context, s *session) (any, error) {
	client, err := metadata.NewForConfig(s.config)
	if err != nil {
		return nil, err
	}
	objects := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(s.namespace)
	one, err := objects.Get(ctx, "counter", metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("get: %w", err)
	}
	many, err := objects.List(ctx, metav1.ListOptions{LabelSelector: "set=paged"})
	if err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	changes, err := objects.Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=counter", ResourceVersion: one.ResourceVersion})
	if err != nil {
		return nil, fmt.Errorf("watch: %w", err)
	}
	defer changes.Stop()
	patched, err := objects.Patch(ctx, "counter", types.MergePatchType, []byte(`{"metadata":{"labels":{"a":"b"}}}`), metav1.PatchOptions{})
	if err != nil {
		return nil, fmt.Errorf("patch: %w", err)
	}
	var told *metav1.PartialObjectMetadata
	select {
	case event := <-changes.ResultChan():
		told, _ = event.Object.(*metav1.PartialObjectMetadata)
	case <-ctx.Done():
	}
	if told == nil {
		return nil, errors.New("the watch told of no change")
	}
	return map[string]any{"name": one.Name, "listed": len(many.Items), "label": patched.Labels["a"], "told": told.Labels["a"]}, nil
}

// reviewsAndTokens asks who may do what, takes a service account's token and evicts a pod.
func reviewsAndTokens(ctx context.Context, s *session) (any, error) {
	token, err := s.client.CoreV1().ServiceAccounts(s.namespace).CreateToken(ctx, "default",
		&authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: pointer(int64(600))}}, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	review, err := s.client.AuthenticationV1().TokenReviews().Create(ctx,
		&authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token.Status.Token}}, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("token review: %w", err)
	}
	may := func(user string) (bool, error) {
		answer, err := s.client.AuthorizationV1().SubjectAccessReviews().Create(ctx, &authorizationv1.SubjectAccessReview{
			Spec: authorizationv1.SubjectAccessReviewSpec{
				User:               user,
				ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: s.namespace, Verb: "delete", Resource: "pods"},
			},
		}, metav1.CreateOptions{})
		if err != nil {
			return false, err
		}
		return answer.Status.Allowed, nil
	}
	accountMay, err := may(review.Status.User.Username)
	if err != nil {
		return nil, fmt.Errorf("subject access review: %w", err)
	}
	self, err := s.client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{
			ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: s.namespace, Verb: "delete", Resource: "pods"},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("self subject access review: %w", err)
	}
	pods := s.client.CoreV1().Pods(s.namespace)
	if _, err := pods.Create(ctx, podObject("evicted"), metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	err = pods.EvictV1(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "evicted", Namespace: s.namespace}})
	if err != nil {
		return nil, fmt.Errorf("evict: %w", err)
	}
	return map[string]any{
		"user": review.Status.User.Username, "authenticated": review.Status.Authenticated,
		"accountMay": accountMay, "selfMay": self.Status.Allowed,
	}, nil
}

// recordedEvents says the same thing three times, which the recorder makes one event that is counted.
func recordedEvents(ctx context.Context, s *session) (any, error) {
	broadcaster := record.NewBroadcaster(record.WithContext(ctx))
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: s.client.CoreV1().Events(s.namespace)})
	defer broadcaster.Shutdown()
	recorder := broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "clientgo"})
	object, err := s.client.CoreV1().ConfigMaps(s.namespace).Get(ctx, "counter", metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	for range 3 {
		recorder.Event(object, corev1.EventTypeNormal, "Counted", "counted on")
	}
	var found []corev1.Event
	err = eventually(ctx, func(ctx context.Context) (bool, error) {
		events, err := s.client.CoreV1().Events(s.namespace).Search(scheme.Scheme, object)
		if err != nil {
			return false, err
		}
		found = events.Items
		return len(found) == 1 && found[0].Count == 3, nil
	})
	if err != nil {
		return nil, fmt.Errorf("%d events: %w", len(found), err)
	}
	newer, err := s.client.EventsV1().Events(s.namespace).Get(ctx, found[0].Name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("as events.k8s.io/v1: %w", err)
	}
	return map[string]any{"reason": newer.Reason, "note": newer.Note, "count": newer.DeprecatedCount, "controller": newer.DeprecatedSource.Component}, nil
}
