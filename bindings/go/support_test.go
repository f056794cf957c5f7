// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// example is the built-in HGX H200; the test closes it at its end.
func example(t testing.TB) *Topology {
	t.Helper()
	host, err := FromExample("hgx-h200")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { host.Close() })
	return host
}

// planned is a plan of the host; the test closes it at its end.
func planned(t testing.TB, host *Topology, options *PlanOptions) *Plan {
	t.Helper()
	plan, err := NewPlan(host, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { plan.Close() })
	return plan
}

// must returns the value of a call that cannot fail.
func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// same fails unless got is what is wanted.
func same[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v instead of %v", what, got, want)
	}
}

// has fails unless the text has that part.
func has(t testing.TB, what, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%s does not have %q:\n%.300s", what, part, text)
	}
}

// refused fails unless the error is one of the library, of that code, rule and option; it returns it.
func refused(t testing.TB, err error, code Code, rule, option string) *Error {
	t.Helper()
	var refusal *Error
	if !errors.As(err, &refusal) {
		t.Fatalf("the error is %v", err)
	}
	if refusal.Code != code || refusal.Rule != rule || refusal.Option != option {
		t.Errorf("code %v, rule %q, option %q instead of %v, %q, %q: %v", refusal.Code, refusal.Rule, refusal.Option,
			code, rule, option, refusal)
	}
	if refusal.Text == "" || refusal.Text != err.Error() {
		t.Errorf("the text %q is not that of the error %q", refusal.Text, err)
	}
	return refusal
}

// resident returns how many MiB of memory this process has.
func resident(t testing.TB) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip(err)
	}
	var all, pages int
	if _, err := fmt.Sscan(string(text), &all, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize() >> 20
}
