// SPDX-License-Identifier: LGPL-2.1-or-later

// Mirror reads a libvirt domain and writes it with the PCIe and NUMA topology of its host. On standard error it says
// what the operator should know.
//
//	virsh dumpxml --inactive vm | mirror | virsh define --validate /dev/stdin
//
// The host is this machine, or with -from FILE the one of which hgxtopo dump --json wrote FILE.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"hgxtopo"
)

func main() {
	from := flag.String("from", "", "the host, as hgxtopo dump --json wrote it (default: this machine)")
	flag.Parse()
	if err := mirror(os.Stdout, os.Stdin, os.Stderr, *from); err != nil {
		fmt.Fprintf(os.Stderr, "mirror: %v\n", err)
		var refused *hgxtopo.Error
		if errors.As(err, &refused) {
			fmt.Fprintf(os.Stderr, "mirror: rule %s, option %q\n", refused.Rule, refused.Option)
		}
		os.Exit(1)
	}
}

func mirror(out io.Writer, in io.Reader, notes io.Writer, from string) error {
	base, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	host, err := readHost(from)
	if err != nil {
		return err
	}
	defer host.Close()
	plan, err := hgxtopo.NewPlan(host, &hgxtopo.PlanOptions{Base: string(base), BaseName: "standard input"})
	if err != nil {
		return err
	}
	defer plan.Close()
	for _, finding := range plan.Findings() {
		fmt.Fprintf(notes, "mirror: %v: %s\n", finding.Severity, finding.Text)
	}
	domain, err := plan.Libvirt()
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, domain)
	return err
}

func readHost(from string) (*hgxtopo.Topology, error) {
	if from == "" {
		return hgxtopo.FromHost(nil)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return nil, err
	}
	return hgxtopo.FromJSON(string(data), from)
}
