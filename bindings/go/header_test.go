// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"sort"
	"strings"
	"testing"
)

// A header is what hgxtopo.h declares.
type header struct {
	functions, values, macros []string
	members                   map[string][]string // by struct
}

var (
	comments   = regexp.MustCompile(`(?s)/\*.*?\*/`)
	macros     = regexp.MustCompile(`(?m)^#define (HGX_\w+)`)
	directives = regexp.MustCompile(`(?m)^#(.*\\\n)*.*\n`)
	functions  = regexp.MustCompile(`\b(hgx_\w+)\(`)
	blocks     = regexp.MustCompile(`(?s)\b(enum|struct) (hgx_\w+) \{(.*?)\}`)
	values     = regexp.MustCompile(`HGX_\w+`)
	// what is left of a member when its type is cut off: "vm", "*name", "bars[HGX_BARS]"
	declarator = regexp.MustCompile(`^\**(\w+)(\[\w+\])?$`)
)

func parseHeader(text string) header {
	h := header{members: map[string][]string{}}
	text = comments.ReplaceAllString(text, "")
	for _, match := range macros.FindAllStringSubmatch(text, -1) {
		h.macros = append(h.macros, match[1])
	}
	text = directives.ReplaceAllString(text, "")
	for _, match := range functions.FindAllStringSubmatch(text, -1) {
		h.functions = append(h.functions, match[1])
	}
	for _, match := range blocks.FindAllStringSubmatch(text, -1) {
		if match[1] == "enum" {
			h.values = append(h.values, values.FindAllString(match[3], -1)...)
		} else {
			h.members[match[2]] = parseMembers(match[3])
		}
	}
	return h
}

// parseMembers returns the names of "const char *vendor_name, *device_name; int family;".
func parseMembers(body string) []string {
	var names []string
	for _, declaration := range strings.Split(body, ";") {
		for _, part := range strings.Split(declaration, ",") {
			words := strings.Fields(part)
			if len(words) == 0 {
				continue
			}
			names = append(names, declarator.FindStringSubmatch(words[len(words)-1])[1])
		}
	}
	return names
}

// A declaration is what one function, constant or type of the binding uses.
type declaration struct {
	exported bool
	constant bool
	names    map[string]bool            // of Go
	cNames   map[string]bool            // C.name
	members  map[string]map[string]bool // of C structs
}

// cName returns the name of C.name, or "".
func cName(node ast.Node) string {
	if pointer, ok := node.(*ast.StarExpr); ok {
		return cName(pointer.X)
	}
	if selector, ok := node.(*ast.SelectorExpr); ok {
		if of, ok := selector.X.(*ast.Ident); ok && of.Name == "C" {
			return selector.Sel.Name
		}
	}
	return ""
}

// structsOf returns the variables that are declared with a struct of C as their type.
func structsOf(root ast.Node) map[string][]string {
	found := map[string][]string{}
	note := func(names []*ast.Ident, of ast.Expr) {
		name := strings.TrimPrefix(cName(of), "struct_")
		for _, ident := range names {
			found[ident.Name] = append(found[ident.Name], name)
		}
	}
	ast.Inspect(root, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.Field:
			note(node.Names, node.Type)
		case *ast.ValueSpec:
			note(node.Names, node.Type)
		}
		return true
	})
	return found
}

func declare(root ast.Node, exported, constant bool) *declaration {
	d := &declaration{exported, constant, map[string]bool{}, map[string]bool{}, map[string]map[string]bool{}}
	structs := structsOf(root)
	ast.Inspect(root, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.Ident:
			d.names[node.Name] = true
		case *ast.SelectorExpr:
			d.cNames[cName(node)] = true
			if of, ok := node.X.(*ast.Ident); ok {
				for _, name := range structs[of.Name] {
					if d.members[name] == nil {
						d.members[name] = map[string]bool{}
					}
					// cgo writes _ before a word that Go keeps to itself
					d.members[name][strings.TrimPrefix(node.Sel.Name, "_")] = true
				}
			}
		}
		return true
	})
	return d
}

// parseBinding returns the declarations of this package by their names; methods of several types share one.
func parseBinding(t *testing.T, sources map[string]string) map[string][]*declaration {
	found := map[string][]*declaration{}
	for name, text := range sources {
		file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, node := range file.Decls {
			if function, ok := node.(*ast.FuncDecl); ok {
				found[function.Name.Name] = append(found[function.Name.Name], declare(node, function.Name.IsExported(), false))
				continue
			}
			for _, spec := range node.(*ast.GenDecl).Specs {
				if value, ok := spec.(*ast.ValueSpec); ok {
					for _, ident := range value.Names {
						constant := node.(*ast.GenDecl).Tok == token.CONST
						found[ident.Name] = append(found[ident.Name], declare(spec, ident.IsExported(), constant))
					}
				}
			}
		}
	}
	return found
}

// reached returns what users of the package can reach: the declarations that are exported, and what these use.
func reached(all map[string][]*declaration) []*declaration {
	var list, found []*declaration
	seen := map[*declaration]bool{}
	for _, declarations := range all {
		for _, d := range declarations {
			if d.exported {
				list = append(list, d)
			}
		}
	}
	for len(list) > 0 {
		d := list[0]
		list = list[1:]
		if seen[d] {
			continue
		}
		seen[d] = true
		found = append(found, d)
		for name := range d.names {
			list = append(list, all[name]...)
		}
	}
	return found
}

// options are the structs of Go whose fields set the members of an options struct of C.
var options = map[string]any{
	"hgx_host_options":     HostOptions{},
	"hgx_domain_options":   DomainOptions{},
	"hgx_plan_options":     PlanOptions{},
	"hgx_nccl_options":     NCCLOptions{},
	"hgx_qemu_options":     QEMUOptions{},
	"hgx_kernel_options":   KernelOptions{},
	"hgx_check_options":    CheckOptions{},
	"hgx_forecast_options": ForecastOptions{},
}

// optionMembers returns the members that the fields of an options struct set, by their tags.
func optionMembers(fields any) map[string]bool {
	found := map[string]bool{"size": true}
	for _, field := range reflect.VisibleFields(reflect.TypeOf(fields)) {
		for _, name := range strings.Split(field.Tag.Get("c"), ",") {
			found[name] = true
		}
	}
	return found
}

// missing returns what of the header the binding does not reach.
func missing(t *testing.T, text string, sources map[string]string) []string {
	h := parseHeader(text)
	names, constants, members := map[string]bool{}, map[string]bool{}, map[string]map[string]bool{}
	for _, d := range reached(parseBinding(t, sources)) {
		for name := range d.cNames {
			names[name] = true
			constants[name] = constants[name] || d.exported && d.constant
		}
		for name, of := range d.members {
			for member := range of {
				if members[name] == nil {
					members[name] = map[string]bool{}
				}
				members[name][member] = true
			}
		}
	}
	for name, fields := range options {
		members[name] = optionMembers(fields)
	}
	var found []string
	miss := func(what string, list []string, has func(string) bool) {
		for _, name := range list {
			if !has(name) {
				found = append(found, what+name)
			}
		}
	}
	miss("function ", h.functions, func(name string) bool { return names[name] })
	miss("enum value ", h.values, func(name string) bool { return constants[name] })
	miss("macro ", h.macros, func(name string) bool { return names[name] })
	for name, list := range h.members {
		miss("member "+name+".", list, func(member string) bool { return member == "reserved" || members[name][member] })
	}
	sort.Strings(found)
	return found
}

func readHeader(t *testing.T) string {
	text, err := os.ReadFile("../../include/hgxtopo.h")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func readSources(t *testing.T) map[string]string {
	sources := map[string]string{}
	names, _ := filepath.Glob("*.go")
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources[name] = string(text)
	}
	return sources
}

func TestTheBindingReachesTheWholeHeader(t *testing.T) {
	for _, name := range missing(t, readHeader(t), readSources(t)) {
		t.Errorf("hgxtopo.h has a %s that no exported name of the binding reaches", name)
	}
}

func TestWhatTheHeaderHasMoreIsNamed(t *testing.T) {
	text := readHeader(t)
	plant := func(before, planted string) {
		if !strings.Contains(text, before) {
			t.Fatalf("hgxtopo.h does not have %q", before)
		}
		text = strings.Replace(text, before, planted+before, 1)
	}
	plant("#ifdef __cplusplus", "#define HGX_PLANTED 3\nint hgx_planted(int hgx_argument, struct hgx_error *err);\n")
	plant("\tHGX_REFUSED = 7", "\tHGX_PLANTED_CODE = 70, /**< a value */\n")
	plant("\tHGX_MIRROR_ROOT_COMPLEX", "\tHGX_MIRROR_PLANTED,\n")
	plant("\tint sriov_total;", "\tconst char *first_planted, *second_planted[2];\n")
	plant("\tint vf;", "\tint planted; /**< an option */\n")
	plant("\tconst char *firmware_code;", "\tstruct hgx_bdf planted;\n")
	want := []string{"enum value HGX_MIRROR_PLANTED", "enum value HGX_PLANTED_CODE", "function hgx_planted", "macro HGX_PLANTED",
		"member hgx_pci.first_planted", "member hgx_pci.second_planted", "member hgx_plan_options.planted",
		"member hgx_qemu_options.planted"}
	if got := missing(t, text, readSources(t)); !reflect.DeepEqual(got, want) {
		t.Errorf("missing are\n%s\ninstead of\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWhatTheBindingHasLessIsNamed(t *testing.T) {
	sources := readSources(t)
	change := func(file, from, to string) {
		if !strings.Contains(sources[file], from) {
			t.Fatalf("%s does not have %q", file, from)
		}
		sources[file] = strings.Replace(sources[file], from, to, 1)
	}
	change("node.go", ") Link() (", ") link() (")
	change("node.go", "KindGPU ", "kindGPU ")
	change("pci.go", "C.GoString(c.host_use)", `""`)
	change("finding.go", "C.GoString(c.remedy)", `""`)
	want := []string{"enum value HGX_GPU", "function hgx_node_link", "member hgx_finding.remedy", "member hgx_pci.host_use"}
	if got := missing(t, readHeader(t), sources); !reflect.DeepEqual(got, want) {
		t.Errorf("missing are\n%s\ninstead of\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
