"""Does to an API server what programs on the official Python client do, and prints what it saw as one JSON object."""

import json
import sys

from kubernetes import client, config, dynamic, watch
from kubernetes.client.rest import ApiException
from kubernetes.dynamic.exceptions import NotFoundError
from kubernetes.leaderelection import leaderelection  # noqa: F401  what programs import must be importable
from kubernetes.utils import create_from_dict

WATCH_SECONDS = 20


def deployment(name, replicas):
    labels = {"app": name}
    return client.V1Deployment(
        metadata=client.V1ObjectMeta(name=name, labels=labels),
        spec=client.V1DeploymentSpec(
            replicas=replicas,
            selector=client.V1LabelSelector(match_labels=labels),
            template=client.V1PodTemplateSpec(
                metadata=client.V1ObjectMeta(labels=labels),
                spec=client.V1PodSpec(
                    scheduler_name="nobody",
                    containers=[client.V1Container(name="web", image="web:1", env=[client.V1EnvVar("A", "1")])],
                ),
            ),
        ),
    )


def typed(namespace):
    core, apps = client.CoreV1Api(), client.AppsV1Api()
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=namespace)))
    made = apps.create_namespaced_deployment(namespace, deployment("web", 1))
    patched = apps.patch_namespaced_deployment(
        "web", namespace, {"spec": {"template": {"spec": {"containers": [{"name": "web", "env": [{"name": "B", "value": "2"}]}]}}}}
    )
    jumped = apps.patch_namespaced_deployment("web", namespace, [{"op": "replace", "path": "/spec/replicas", "value": 3}])
    scale = apps.read_namespaced_deployment_scale("web", namespace)
    replaced = apps.read_namespaced_deployment("web", namespace)
    replaced.spec.replicas = 0
    # The controller writes the status meanwhile, so the version that was read must not be held against this.
    replaced.metadata.resource_version = None
    apps.replace_namespaced_deployment("web", namespace, replaced)
    listed = apps.list_deployment_for_all_namespaces(label_selector="app=web")
    ended = apps.delete_namespaced_deployment("web", namespace, propagation_policy="Background")
    return {
        "created": {"generation": made.metadata.generation, "strategy": made.spec.strategy.type, "aware": made.metadata.creation_timestamp.tzinfo is not None},
        "env": {one.name: one.value for one in patched.spec.template.spec.containers[0].env},
        "jsonPatched": jumped.spec.replicas,
        "scale": {"replicas": scale.spec.replicas, "selector": scale.status.selector},
        "listed": [one.metadata.name for one in listed.items],
        "deletion": {"kind": ended.kind, "status": ended.status},
    }


def watched(namespace):
    core = client.CoreV1Api()
    stream, events = watch.Watch(), []
    make = lambda n: core.create_namespaced_config_map(  # noqa: E731
        namespace, client.V1ConfigMap(metadata=client.V1ObjectMeta(name=f"map-{n}", labels={"set": "watched"}), data={"n": str(n)})
    )
    make(0)
    since = core.list_namespaced_config_map(namespace, label_selector="set=watched").metadata.resource_version
    make(1)
    core.patch_namespaced_config_map("map-0", namespace, {"data": {"n": "9"}})
    core.delete_namespaced_config_map("map-1", namespace)
    options = {"label_selector": "set=watched", "resource_version": since, "timeout_seconds": WATCH_SECONDS}
    for event in stream.stream(core.list_namespaced_config_map, namespace, **options):
        events.append([event["type"], event["object"].metadata.name, event["object"].data["n"]])
        if event["type"] == "DELETED":
            stream.stop()
    pages, token = [], None
    for n in range(2, 7):
        make(n)
    while token != "":
        page = core.list_namespaced_config_map(namespace, label_selector="set=watched", limit=4, _continue=token)
        pages.append(len(page.items))
        token = page.metadata._continue or ""
    core.delete_collection_namespaced_config_map(namespace, label_selector="set=watched")
    left = core.list_namespaced_config_map(namespace, label_selector="set=watched")
    return {"events": events, "pages": pages, "left": len(left.items)}


def dynamically(namespace):
    group = f"{namespace}.example.com"
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer", "maximum": 9}}}}}
    create_from_dict(
        client.ApiClient(),
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"gizmos.{group}"},
            "spec": {
                "group": group,
                "scope": "Namespaced",
                "names": {"plural": "gizmos", "singular": "gizmo", "kind": "Gizmo"},
                "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
            },
        },
    )
    extensions = client.ApiextensionsV1Api()
    for event in watch.Watch().stream(extensions.list_custom_resource_definition, field_selector=f"metadata.name=gizmos.{group}", timeout_seconds=WATCH_SECONDS):
        conditions = event["object"].status.conditions or [] if event["object"].status else []
        if any(one.type == "Established" and one.status == "True" for one in conditions):
            break
    api = dynamic.DynamicClient(client.ApiClient()).resources.get(api_version=f"{group}/v1", kind="Gizmo")
    body = {"apiVersion": f"{group}/v1", "kind": "Gizmo", "metadata": {"name": "one"}, "spec": {"size": 3}}
    api.create(body=body, namespace=namespace)
    patched = api.patch(body={"spec": {"size": 5}}, name="one", namespace=namespace, content_type="application/merge-patch+json")
    applied = api.server_side_apply(body={**body, "spec": {"size": 7}}, name="one", namespace=namespace, field_manager="python", force_conflicts=True)
    names = [one.metadata.name for one in api.get(namespace=namespace).items]
    try:
        api.patch(body={"spec": {"size": 10}}, name="one", namespace=namespace, content_type="application/merge-patch+json")
        too_large = None
    except ApiException as error:
        too_large = error.status
    seen = [event["type"] for event in api.watch(namespace=namespace, timeout=1)]
    api.delete(name="one", namespace=namespace)
    try:
        api.get(name="one", namespace=namespace)
        gone = False
    except NotFoundError:
        gone = True
    extensions.delete_custom_resource_definition(f"gizmos.{group}")
    return {"sizes": [patched.spec.size, applied.spec.size], "names": names, "tooLarge": too_large, "watched": seen, "gone": gone}


def refusals(namespace):
    core, apps, seen = client.CoreV1Api(), client.AppsV1Api(), {}
    calls = {
        "absent": lambda: core.read_namespaced_pod("absent", namespace),
        "log": lambda: core.read_namespaced_pod_log("absent", namespace),
        "invalid": lambda: apps.create_namespaced_deployment(namespace, deployment("bad", -1)),
        "name": lambda: core.create_namespaced_config_map(namespace, client.V1ConfigMap(metadata=client.V1ObjectMeta(name="Bad_Name"))),
    }
    for name, call in calls.items():
        try:
            call()
            seen[name] = None
        except ApiException as error:
            body = json.loads(error.body)
            causes = body.get("details", {}).get("causes", [])
            seen[name] = {
                "status": error.status,
                "header": error.headers["Content-Type"],
                "kind": body["kind"],
                "reason": body["reason"],
                "causes": [f"{one['field']}: {one['message']}" for one in causes],
            }
    return seen


def main(kubeconfig, namespace):
    config.load_kube_config(kubeconfig)
    parts = {"typed": typed, "watched": watched, "dynamic": dynamically, "refusals": refusals}
    seen = {name: part(namespace) for name, part in parts.items()}
    client.CoreV1Api().delete_namespace(namespace)
    seen["version"] = client.VersionApi().get_code().minor
    print(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
