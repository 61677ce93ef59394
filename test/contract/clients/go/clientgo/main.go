// Command clientgo does to an API server what programs on client-go do, and prints what it saw as one JSON object.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	jsonType     = "application/json"
	protobufType = "application/vnd.kubernetes.protobuf"
	deadline     = 90 * time.Second
)

type part struct {
	name string
	do   func(context.Context, *session) (any, error)
}

var parts = []part{
	{"deployment", deploymentLife},
	{"refusals", refusals},
	{"informer", podInformer},
	{"leaderElection", leaderElection},
	{"customResource", customResource},
	{"discovery", discoverEverything},
	{"pages", pages},
	{"watch", watchConfigMaps},
	{"apply", serverSideApply},
	{"conflicts", concurrentCounters},
	{"metadata", metadataOnly},
	{"reviews", reviewsAndTokens},
	{"events", recordedEvents},
}

// outcome is what one part of the session saw, or why it ended early.
type outcome struct {
	Saw   any    `json:"saw,omitempty"`
	Error string `json:"error,omitempty"`
}

func main() {
	if len(os.Args) != 4 || (os.Args[2] != "json" && os.Args[2] != "protobuf") {
		fmt.Fprintln(os.Stderr, "usage: clientgo KUBECONFIG json|protobuf NAMESPACE")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(kubeconfig, format, namespace string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 1000, 1000
	if format == "protobuf" {
		config.ContentType = protobufType
		config.AcceptContentTypes = protobufType + "," + jsonType
	} else {
		config.ContentType = jsonType
	}
	traffic := newTraffic()
	config.Wrap(traffic.wrap)
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	session, err := newSession(ctx, config, namespace)
	if err != nil {
		return err
	}
	outcomes := map[string]outcome{}
	for _, part := range parts {
		saw, err := part.do(ctx, session)
		if err != nil {
			outcomes[part.name] = outcome{Saw: saw, Error: err.Error()}
			continue
		}
		outcomes[part.name] = outcome{Saw: saw}
	}
	outcomes["traffic"] = outcome{Saw: traffic.snapshot()}
	return json.NewEncoder(os.Stdout).Encode(outcomes)
}

// jsonOnly is the same configuration for clients of kinds that have no protobuf form.
func jsonOnly(config *rest.Config) *rest.Config {
	plain := rest.CopyConfig(config)
	plain.ContentType, plain.AcceptContentTypes = jsonType, jsonType
	return plain
}
