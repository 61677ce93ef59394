package main

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// leaderElection lets two candidates share one Lease: the second leads only when the first has let go.
func leaderElection(ctx context.Context, s *session) (any, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	began := make(chan string, 4)
	ended := make(chan string, 4)
	candidate := func(ctx context.Context, name string) error {
		elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
			Lock: &resourcelock.LeaseLock{
				LeaseMeta:  metav1.ObjectMeta{Name: "leader", Namespace: s.namespace},
				Client:     s.client.CoordinationV1(),
				LockConfig: resourcelock.ResourceLockConfig{Identity: name},
			},
			LeaseDuration:   3 * time.Second,
			RenewDeadline:   2 * time.Second,
			RetryPeriod:     200 * time.Millisecond,
			ReleaseOnCancel: true,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(context.Context) { began <- name },
				OnStoppedLeading: func() { ended <- name },
			},
		})
		if err != nil {
			return err
		}
		go elector.Run(ctx)
		return nil
	}
	next := func(events chan string, what string) (string, error) {
		select {
		case name := <-events:
			return name, nil
		case <-time.After(15 * time.Second):
			return "", fmt.Errorf("nobody %s leading", what)
		}
	}
	firstCtx, stopFirst := context.WithCancel(ctx)
	defer stopFirst()
	if err := candidate(firstCtx, "one"); err != nil {
		return nil, err
	}
	first, err := next(began, "began")
	if err != nil {
		return nil, err
	}
	if err := candidate(ctx, "two"); err != nil {
		return nil, err
	}
	leases := s.client.CoordinationV1().Leases(s.namespace)
	renewals := 0
	seen := ""
	err = eventually(ctx, func(ctx context.Context) (bool, error) {
		lease, err := leases.Get(ctx, "leader", metav1.GetOptions{})
		if err != nil || *lease.Spec.HolderIdentity != "one" {
			return false, err
		}
		if now := lease.Spec.RenewTime.Format(time.RFC3339Nano); now != seen {
			seen = now
			renewals++
		}
		return renewals > 4, nil
	})
	if err != nil {
		return nil, fmt.Errorf("the first one renews while the second waits: %w", err)
	}
	secondWaited := len(began) == 0
	stopFirst()
	if _, err := next(ended, "stopped"); err != nil {
		return nil, err
	}
	second, err := next(began, "began")
	if err != nil {
		return nil, err
	}
	lease, err := leases.Get(ctx, "leader", metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"leaders": []string{first, second}, "secondWaited": secondWaited,
		"holder": *lease.Spec.HolderIdentity, "transitions": *lease.Spec.LeaseTransitions,
		"microseconds": lease.Spec.RenewTime.Nanosecond()%1000 == 0,
	}, nil
}
