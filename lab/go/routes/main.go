// Command routes is the pod network of the lab: on its node it writes the CNI configuration for the node's pod CIDR, and
// keeps one route and one exception from masquerading for every other node.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// resync bounds how long a route somebody else removed stays away.
const resync = 30 * time.Second

// dialTimeout is short because until kube-proxy has run the service address of the API server leads nowhere.
const dialTimeout = 3 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil && !errors.Is(err, context.Canceled) {
		slog.Error("routes stopped", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	name := os.Getenv("NODE_NAME")
	if name == "" {
		return errors.New("NODE_NAME is not set: give it by the downward API (spec.nodeName)")
	}
	client, err := connect(ctx)
	if err != nil {
		return err
	}
	changed := make(chan struct{}, 1)
	factory := informers.NewSharedInformerFactory(client, 0)
	nodes := factory.Core().V1().Nodes()
	if _, err := nodes.Informer().AddEventHandler(wakeOnChange(changed)); err != nil {
		return fmt.Errorf("watch nodes: %w", err)
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), nodes.Informer().HasSynced) {
		return ctx.Err()
	}
	for {
		if err := applyAll(name, nodes.Informer().GetStore().List()); err != nil {
			slog.Error("could not apply, trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		case <-time.After(resync):
		}
	}
}

// connect returns once the API server has answered. The first attempts are made here, at a steady pace: an informer would
// back off for half a minute while the node comes up, and the node is not Ready without us.
func connect(ctx context.Context) (kubernetes.Interface, error) {
	config, err := rest.InClusterConfig()
	if err != nil {
		return nil, fmt.Errorf("in-cluster configuration: %w", err)
	}
	config.Dial = dialer(dialTimeout)
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	for {
		_, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{Limit: 1})
		if err == nil {
			return client, nil
		}
		slog.Info("waiting for the API server", "error", err)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func wakeOnChange(changed chan<- struct{}) cache.ResourceEventHandler {
	wake := func() {
		select {
		case changed <- struct{}{}:
		default: // One wake-up is pending: it will see this change too.
		}
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { wake() },
		DeleteFunc: func(any) { wake() },
		UpdateFunc: func(before, after any) {
			old, isNode := before.(*corev1.Node)
			current, isNodeToo := after.(*corev1.Node)
			// Kubelets write their Node's status every few minutes; most of it is not about the network.
			if !isNode || !isNodeToo || describe(old) != describe(current) {
				wake()
			}
		},
	}
}

func applyAll(name string, objects []any) error {
	own, peers := split(name, objects)
	var failures []error
	if own.podCIDR != nil {
		failures = append(failures, writeConfiguration(own), keepMasquerade(own, peers))
	} else {
		slog.Info("this node has no pod CIDR yet", "node", name)
	}
	return errors.Join(append(failures, keepRoutes(peers))...)
}
