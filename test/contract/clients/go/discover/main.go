// Command discover finds targets with Prometheus' own Kubernetes discovery and prints their labels, by role, as one JSON object.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/discovery"
	"github.com/prometheus/prometheus/discovery/kubernetes"
	"github.com/prometheus/prometheus/discovery/targetgroup"
)

const (
	deadline = 20 * time.Second
	// Everything has been told when nothing new was told for so long.
	quiet = time.Second
)

var roles = []kubernetes.Role{
	kubernetes.RoleNode, kubernetes.RolePod, kubernetes.RoleService,
	kubernetes.RoleEndpoint, kubernetes.RoleEndpointSlice, kubernetes.RoleIngress,
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: discover KUBECONFIG")
		os.Exit(2)
	}
	found := map[string][]model.LabelSet{}
	for _, role := range roles {
		targets, err := discover(os.Args[1], role)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", role, err)
			os.Exit(1)
		}
		found[string(role)] = targets
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func discover(kubeconfig string, role kubernetes.Role) ([]model.LabelSet, error) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	config := kubernetes.DefaultSDConfig
	config.Role = role
	config.KubeConfig = kubeconfig
	registry := prometheus.NewRegistry()
	metrics := config.NewDiscovererMetrics(registry, discovery.NewRefreshMetrics(registry))
	if err := metrics.Register(); err != nil {
		return nil, err
	}
	defer metrics.Unregister()
	discoverer, err := config.NewDiscoverer(discovery.DiscovererOptions{
		Logger:  slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Metrics: metrics,
	})
	if err != nil {
		return nil, err
	}
	updates := make(chan []*targetgroup.Group)
	go discoverer.Run(ctx, updates)
	groups := map[string]*targetgroup.Group{}
	for isTold := false; ; isTold = true {
		wait := deadline
		if isTold {
			wait = quiet
		}
		select {
		case update := <-updates:
			for _, group := range update {
				groups[group.Source] = group
			}
			continue
		case <-time.After(wait):
		case <-ctx.Done():
		}
		break
	}
	targets := []model.LabelSet{}
	for _, group := range groups {
		for _, target := range group.Targets {
			labels := maps.Clone(group.Labels)
			maps.Copy(labels, target)
			targets = append(targets, labels)
		}
	}
	return targets, nil
}
