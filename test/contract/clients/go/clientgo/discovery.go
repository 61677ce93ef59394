package main

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/restmapper"
	"k8s.io/kube-openapi/pkg/util/proto"
)

// discoverEverything reads discovery as controllers do at their start, and maps kinds to resources and back.
func discoverEverything(_ context.Context, s *session) (any, error) {
	discovery := s.client.Discovery()
	version, err := discovery.ServerVersion()
	if err != nil {
		return nil, fmt.Errorf("version: %w", err)
	}
	groups, lists, err := discovery.ServerGroupsAndResources()
	if err != nil {
		return nil, fmt.Errorf("groups and resources: %w", err)
	}
	// What is served but unknown to this client's scheme, by group and version that it knows.
	strange := []string{}
	served := 0
	for _, list := range lists {
		known, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, err
		}
		for _, resource := range list.APIResources {
			served++
			kind := schema.GroupVersionKind{Group: resource.Group, Version: resource.Version, Kind: resource.Kind}
			if kind.Group == "" && kind.Version == "" {
				kind = known.WithKind(resource.Kind)
			}
			if scheme.Scheme.IsVersionRegistered(kind.GroupVersion()) && !scheme.Scheme.Recognizes(kind) {
				strange = append(strange, list.GroupVersion+" "+resource.Name+" "+resource.Kind)
			}
		}
	}
	if _, err := discovery.ServerPreferredResources(); err != nil {
		return nil, fmt.Errorf("preferred resources: %w", err)
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(discovery))
	mapped := map[string]string{}
	for _, kind := range []schema.GroupKind{
		{Kind: "Pod"}, {Group: "apps", Kind: "Deployment"}, {Group: "autoscaling", Kind: "HorizontalPodAutoscaler"},
		{Group: "networking.k8s.io", Kind: "NetworkPolicy"}, {Group: "discovery.k8s.io", Kind: "EndpointSlice"},
	} {
		mapping, err := mapper.RESTMapping(kind)
		if err != nil {
			return nil, fmt.Errorf("map %s: %w", kind, err)
		}
		mapped[kind.Kind] = mapping.Resource.String() + " " + string(mapping.Scope.Name())
	}
	kind, err := mapper.KindFor(schema.GroupVersionResource{Resource: "deployments"})
	if err != nil {
		return nil, fmt.Errorf("kind of deployments: %w", err)
	}
	documents, err := discovery.OpenAPIV3().Paths()
	if err != nil {
		return nil, fmt.Errorf("openapi v3: %w", err)
	}
	apps, err := documents["apis/apps/v1"].Schema(jsonType)
	if err != nil {
		return nil, fmt.Errorf("openapi v3 of apps/v1: %w", err)
	}
	older, err := discovery.OpenAPISchema()
	if err != nil {
		return nil, fmt.Errorf("openapi v2: %w", err)
	}
	models, err := proto.NewOpenAPIData(older)
	if err != nil {
		return nil, fmt.Errorf("openapi v2: %w", err)
	}
	slices.Sort(strange)
	return map[string]any{
		"minor": version.Minor, "groups": len(groups), "served": served, "strange": strange, "mapped": mapped,
		"deployments": kind.String(), "openapiOfApps": len(apps) > 1000, "openapiOfPorts": typesOfPorts(models),
	}, nil
}

// typesOfPorts follows every kind of reference of the older document: from a pod's spec to the members of its containers' ports.
func typesOfPorts(models proto.Models) map[string]string {
	types := map[string]string{}
	schema := models.LookupModel("io.k8s.api.core.v1.Pod")
	for _, name := range []string{"spec", "containers", "ports"} {
		kind, ok := follow(schema).(*proto.Kind)
		if !ok {
			return types
		}
		schema = kind.Fields[name]
	}
	if port, ok := follow(schema).(*proto.Kind); ok {
		for name, member := range port.Fields {
			types[name] = member.GetName()
		}
	}
	return types
}

func follow(schema proto.Schema) proto.Schema {
	for {
		switch one := schema.(type) {
		case proto.Reference:
			schema = one.SubSchema()
		case *proto.Array:
			schema = one.SubType
		default:
			return schema
		}
	}
}
