// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// closed fails unless the error says that something is closed.
func closed(t testing.TB, what string, err error) {
	t.Helper()
	if !errors.Is(err, ErrClosed) {
		t.Errorf("%s: the error is %v", what, err)
	}
}

func TestAClosedTopologyAnswersWithoutCrashing(t *testing.T) {
	host := example(t)
	gpu := host.Find("19:00.0")
	pci := gpu.PCI()
	for i := 0; i < 2; i++ {
		if err := host.Close(); err != nil {
			t.Fatal(err)
		}
		for _, host := range []*Topology{host, nil} {
			closedTopology(t, host)
		}
		silent(t, gpu)
		same(t, "a value from before", pci.DeviceName, "GH100 [H200 SXM 141GB]")
	}
	same(t, "the distance from another", example(t).Find("1a:00.0").Distance(gpu), DistanceNowhere)
}

func closedTopology(t *testing.T, host *Topology) {
	t.Helper()
	open := example(t)
	for what, call := range map[string]func() (string, error){
		"JSON": host.JSON, "JSONWithIDs": host.JSONWithIDs, "Tree": host.Tree, "Matrix": host.Matrix,
		"NCCL": func() (string, error) { return host.NCCL(nil) },
	} {
		text, err := call()
		closed(t, what, err)
		same(t, what, text, "")
	}
	_, err := NewPlan(host, nil)
	closed(t, "NewPlan", err)
	_, err = host.Match(open)
	closed(t, "Match", err)
	_, err = open.Match(host)
	closed(t, "Match", err)
	if host != nil {
		_, err = FromDomain("", "", &DomainOptions{Host: host})
		closed(t, "FromDomain", err)
	}
	same(t, "its root", host.Root(), Node{})
	same(t, "a node of it", host.Find("node0"), Node{})
	same(t, "whether it is a guest", host.IsGuest(), false)
	same(t, "its software", host.Software("libvirt"), "")
	same(t, "its findings", len(host.Findings()), 0)
}

func TestAClosedPlanAnswersWithoutCrashing(t *testing.T) {
	host := example(t)
	plan := planned(t, host, nil)
	guest := plan.Guest()
	gpu := guest.Find("24:00.0")
	finding := plan.Findings()[0]
	for i := 0; i < 2; i++ {
		if err := plan.Close(); err != nil {
			t.Fatal(err)
		}
		for _, plan := range []*Plan{plan, nil} {
			closedPlan(t, plan, host)
		}
		closedTopology(t, guest)
		silent(t, gpu)
		same(t, "the node of a finding, which is the host's", finding.Node.Valid(), true)
	}
}

func closedPlan(t *testing.T, plan *Plan, host *Topology) {
	t.Helper()
	for what, call := range map[string]func() (string, error){
		"Libvirt": plan.Libvirt, "Changes": plan.Changes, "ChangesJSON": plan.ChangesJSON,
		"QEMU":       func() (string, error) { return plan.QEMU(nil) },
		"Map":        func() (string, error) { return Map(planned(t, host, nil), plan) },
		"MapJSON":    func() (string, error) { return MapJSON(plan) },
		"KernelArgs": func() (string, error) { return KernelArgs(nil, plan) },
	} {
		text, err := call()
		closed(t, what, err)
		same(t, what, text, "")
	}
	same(t, "its name", plan.Name(), "")
	same(t, "its nodes", [2]Node{plan.HostOf(host.Root()), plan.GuestOf(host.Root())}, [2]Node{})
	same(t, "its lists", len(plan.Findings())+len(plan.VCPUs())+len(plan.EmulatorCPUs()), 0)
	same(t, "its numbers", plan.PageSize()+plan.Window(), 0)
	if plan.Verdict(host.Find("19:00.0")) != nil || plan.Guest() != nil {
		t.Error("it has a verdict or a guest")
	}
}

func TestAPlanOutlivesItsClosedHost(t *testing.T) {
	host := example(t)
	plan := planned(t, host, nil)
	before := must(plan.Libvirt())(t)
	host.Close()
	same(t, "whether the domain is the same", must(plan.Libvirt())(t) == before, true)
	silent(t, plan.HostOf(plan.Guest().Find("24:00.0")))
	same(t, "a verdict about a node of the closed host", plan.Verdict(host.Find("19:00.0")) == nil, true)
	same(t, "whether the guest is there", plan.Guest().Find("24:00.0").Valid(), true)
	plan.Guest().Close()
	same(t, "whether it is still there", plan.Guest().Find("24:00.0").Valid(), true)
	plan.Close()
	same(t, "how many use the host", host.lifetime.users.Load(), 0)
}

// collected returns whether the garbage collector has ended the lifetime.
func collected(ended func() bool) bool {
	for i := 0; i < 100; i++ {
		runtime.GC()
		if ended() {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

// watched returns a function that says whether the memory of a lifetime is freed, without keeping it.
func watched(l *lifetime) func() bool {
	done := make(chan struct{})
	free := l.free
	l.free = func() {
		free()
		close(done)
	}
	return func() bool {
		select {
		case <-done:
			return true
		default:
			return false
		}
	}
}

func TestANodeKeepsItsTopology(t *testing.T) {
	gpu, freed := func() (Node, func() bool) {
		host := must(FromExample("hgx-h200"))(t)
		return host.Find("19:00.0"), watched(host.lifetime)
	}()
	for i := 0; i < 5; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	same(t, "whether its topology is freed", freed(), false)
	same(t, "its name", gpu.Name(), "0000:19:00.0")
	gpu = Node{}
	same(t, "whether the topology is freed without it", collected(freed), true)
}

func TestAPlanKeepsItsHost(t *testing.T) {
	guest, hostFreed, planFreed := func() (*Topology, func() bool, func() bool) {
		host := must(FromExample("hgx-h200"))(t)
		plan := must(NewPlan(host, nil))(t)
		return plan.Guest(), watched(host.lifetime), watched(plan.lifetime)
	}()
	for i := 0; i < 5; i++ {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	same(t, "whether one is freed", hostFreed() || planFreed(), false)
	has(t, "the NCCL file", must(guest.NCCL(nil))(t), `class="0x030200"`)
	guest = nil
	same(t, "whether the plan is freed", collected(planFreed), true)
	same(t, "whether the host is freed", collected(hostFreed), true)
}

func TestCloseDoesNotFreeWhatACallReads(t *testing.T) {
	host := example(t)
	freed := watched(host.lifetime)
	same(t, "whether a call may begin", host.lifetime.enter(), true)
	host.Close()
	same(t, "whether another may", host.lifetime.enter(), false)
	same(t, "whether the memory is freed", freed(), false)
	host.lifetime.leave()
	same(t, "whether it is afterwards", freed(), true)
}

func TestManyGoroutinesReadAtOnce(t *testing.T) {
	host := example(t)
	want := must(planned(t, host, nil).Libvirt())(t)
	shared := planned(t, host, nil)
	var all sync.WaitGroup
	for i := 0; i < 8; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			plan, err := NewPlan(host, nil)
			if err != nil {
				t.Error(err)
				return
			}
			defer plan.Close()
			for _, plan := range []*Plan{plan, shared} {
				text, err := plan.Libvirt()
				same(t, "whether the domain is the same", err == nil && text == want, true)
			}
			for _, node := range host.Root().Nodes() {
				same(t, "a node by its name", host.Find(node.Name()), node)
				node.PCI()
			}
		}()
	}
	all.Wait()
}

func TestOthersMayCloseWhatGoroutinesRead(t *testing.T) {
	for i := 0; i < 20; i++ {
		host := must(FromExample("hgx-h200"))(t)
		plan := must(NewPlan(host, nil))(t)
		var all sync.WaitGroup
		for _, read := range []func(){
			func() { host.Close() },
			func() { plan.Close() },
			func() { plan.Libvirt() },
			func() { Map(plan, plan) },
			func() { _ = fmt.Sprint(plan.Findings()) },
			func() { plan.HostOf(plan.Guest().Find("24:00.0")).PCI() },
			func() {
				for _, node := range host.Root().Nodes() {
					node.PCI()
					node.Distance(node.Nearest(KindNIC))
				}
			},
		} {
			all.Add(1)
			go func(read func()) {
				defer all.Done()
				read()
			}(read)
		}
		all.Wait()
		same(t, "how many use the host", host.lifetime.users.Load(), 0)
	}
}

// What is made hundreds of times shows in the memory of the process if it stays there.
func TestNothingLeaks(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out what takes seconds")
	}
	host := example(t)
	text := must(host.JSON())(t)
	long := strings.Repeat("x", 1<<20)
	for what, round := range map[string]func(){
		"texts":      func() { must(host.JSON())(t) },
		"topologies": func() { must(FromJSON(text, ""))(t).Close() },
		"plans":      func() { must(NewPlan(host, nil))(t).Close() },
		"options":    func() { NewPlan(host, &PlanOptions{GPUs: long}) },
		"arguments":  func() { host.Find(long) },
	} {
		grown := func(rounds int) int {
			before := resident(t)
			for i := 0; i < rounds; i++ {
				round()
			}
			runtime.GC()
			return resident(t) - before
		}
		grown(50)
		if growth := grown(300); growth > 12 {
			t.Errorf("300 rounds of %s took %d MiB", what, growth)
		}
	}
}
