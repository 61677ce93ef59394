// Command operator is a controller of a kind of its own, as operators on controller-runtime are: it makes a Deployment and a ConfigMap of each
// Greeting, says how that went in the Greeting's status, guards it by webhooks, and cleans up after it.
package main

import (
	"context"
	"flag"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
)

func main() {
	certificates := flag.String("certificates", "", "folder with tls.crt and tls.key of the webhooks")
	port := flag.Int("webhook-port", 9443, "port of the webhooks on the loopback address")
	probes := flag.String("probes", "127.0.0.1:8081", "address of /healthz and /readyz")
	leaderNamespace := flag.String("leader-namespace", "default", "namespace of the Lease by which operators take turns")
	flag.Parse()
	ctrl.SetLogger(zap.New())
	if err := run(ctrl.SetupSignalHandler(), *certificates, *port, *probes, *leaderNamespace); err != nil {
		ctrl.Log.Error(err, "the operator ended")
		os.Exit(1)
	}
}

func run(ctx context.Context, certificates string, port int, probes, leaderNamespace string) error {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(addToScheme(scheme))
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	config.Wrap(newAnswers(ctrl.Log.WithName("answers")).wrap)
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                        scheme,
		Metrics:                       metricsserver.Options{BindAddress: "0"},
		HealthProbeBindAddress:        probes,
		LeaderElection:                true,
		LeaderElectionID:              "greeting-operator",
		LeaderElectionNamespace:       leaderNamespace,
		LeaderElectionReleaseOnCancel: true,
		WebhookServer:                 webhook.NewServer(webhook.Options{Host: "127.0.0.1", Port: port, CertDir: certificates}),
	})
	if err != nil {
		return err
	}
	greetings := &reconciler{Client: manager.GetClient(), recorder: manager.GetEventRecorder("greeting-operator")}
	err = ctrl.NewControllerManagedBy(manager).For(&Greeting{}).Owns(&appsv1.Deployment{}).Owns(&corev1.ConfigMap{}).Complete(greetings)
	if err != nil {
		return err
	}
	err = ctrl.NewWebhookManagedBy(manager, &Greeting{}).WithDefaulter(defaulter{}).WithValidator(validator{}).Complete()
	if err != nil {
		return err
	}
	if err := manager.AddReadyzCheck("webhooks", manager.GetWebhookServer().StartedChecker()); err != nil {
		return err
	}
	if err := manager.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return err
	}
	return manager.Start(ctx)
}
