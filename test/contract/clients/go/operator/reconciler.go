package main

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

const finalizer = "hello.example.com/farewell"

type reconciler struct {
	client.Client
	recorder events.EventRecorder
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	greeting := &Greeting{}
	if err := r.Get(ctx, request.NamespacedName, greeting); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !greeting.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, r.sayFarewell(ctx, greeting)
	}
	if controllerutil.AddFinalizer(greeting, finalizer) {
		// The change of the object brings it here again.
		return ctrl.Result{}, r.Update(ctx, greeting)
	}
	text := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: greeting.Name + "-text", Namespace: greeting.Namespace}}
	_, err := controllerutil.CreateOrUpdate(ctx, r.Client, text, func() error {
		text.Data = map[string]string{"text": greeting.Spec.Text}
		return controllerutil.SetControllerReference(greeting, text, r.Scheme())
	})
	if err != nil {
		return ctrl.Result{}, err
	}
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: greeting.Name, Namespace: greeting.Namespace}}
	made, err := controllerutil.CreateOrUpdate(ctx, r.Client, deployment, func() error {
		shape(deployment, greeting)
		return controllerutil.SetControllerReference(greeting, deployment, r.Scheme())
	})
	if err != nil {
		return ctrl.Result{}, err
	}
	if made == controllerutil.OperationResultCreated {
		r.recorder.Eventf(greeting, deployment, corev1.EventTypeNormal, "Greeted", "Greet", "made the deployment %s", deployment.Name)
	}
	return ctrl.Result{}, r.say(ctx, greeting, deployment)
}

func shape(deployment *appsv1.Deployment, greeting *Greeting) {
	labels := map[string]string{"greeting": greeting.Name}
	deployment.Spec.Replicas = greeting.Spec.Replicas
	deployment.Spec.Selector = &metav1.LabelSelector{MatchLabels: labels}
	deployment.Spec.Template.Labels = labels
	if len(deployment.Spec.Template.Spec.Containers) == 0 {
		deployment.Spec.Template.Spec.Containers = []corev1.Container{{}}
	}
	deployment.Spec.Template.Spec.Containers[0].Name = "greeter"
	deployment.Spec.Template.Spec.Containers[0].Image = "greeter:1"
}

// say writes the status when it has changed: that the deployment's controller has made the replicas.
func (r *reconciler) say(ctx context.Context, greeting *Greeting, deployment *appsv1.Deployment) error {
	before := greeting.DeepCopyObject().(*Greeting)
	condition := metav1.Condition{Type: "Rolled", Status: metav1.ConditionFalse, Reason: "Waiting", ObservedGeneration: greeting.Generation}
	if deployment.Status.ObservedGeneration == deployment.Generation && deployment.Status.UpdatedReplicas == *greeting.Spec.Replicas {
		condition.Status, condition.Reason = metav1.ConditionTrue, "Made"
	}
	changed := meta.SetStatusCondition(&greeting.Status.Conditions, condition)
	if greeting.Status.ObservedGeneration == greeting.Generation && !changed {
		return nil
	}
	greeting.Status.ObservedGeneration = greeting.Generation
	return r.Status().Patch(ctx, greeting, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
}

// sayFarewell leaves a ConfigMap that outlives the greeting and lets the greeting go.
func (r *reconciler) sayFarewell(ctx context.Context, greeting *Greeting) error {
	if !controllerutil.ContainsFinalizer(greeting, finalizer) {
		return nil
	}
	note := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: greeting.Name + "-farewell", Namespace: greeting.Namespace}}
	_, err := controllerutil.CreateOrUpdate(ctx, r.Client, note, func() error {
		note.Data = map[string]string{"of": string(greeting.UID)}
		return nil
	})
	if err != nil {
		return err
	}
	controllerutil.RemoveFinalizer(greeting, finalizer)
	return r.Update(ctx, greeting)
}
