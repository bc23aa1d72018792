package acctest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const troubleshootingPage = "docs/guides/troubleshooting.md"

// TestTroubleshooting_summaries checks that the guide has each summary that a
// diagnostic of the provider can have, and no other.
func TestTroubleshooting_summaries(t *testing.T) {
	t.Parallel()

	summaries := diagnosticSummaries(t)
	if len(summaries) < 20 {
		t.Errorf("only %d summaries found", len(summaries))
	}
	documented := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^### (.+)$`).FindAllStringSubmatch(pages(t)[troubleshootingPage], -1) {
		documented[match[1]] = true
	}
	for summary := range summaries {
		if !documented[summary] {
			t.Errorf("%s has no heading %q", troubleshootingPage, summary)
		}
	}
	for heading := range documented {
		if !summaries[heading] {
			t.Errorf("%s explains %q, which is the summary of no diagnostic", troubleshootingPage, heading)
		}
	}
}

// notProvider are the folders of internal/ whose code gives no diagnostics.
var notProvider = []string{"acctest", "cmd", "prototest", "simulator", "tfcli", "tools"}

// diagnosticSummaries returns the summaries of all diagnostics in the code of
// the provider.
func diagnosticSummaries(t *testing.T) map[string]bool {
	t.Helper()

	files, err := filepath.Glob(filepath.Join(root, "internal", "*", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	s := summaryFinder{t: t, constants: map[string][]string{}, found: map[string]bool{}, argument: map[string]int{
		"AddError": 0, "NewErrorDiagnostic": 0, "AddAttributeError": 1, "NewAttributeErrorDiagnostic": 1,
		"AddWarning": 0, "NewWarningDiagnostic": 0, "AddAttributeWarning": 1, "NewAttributeWarningDiagnostic": 1,
	}}
	for _, name := range files {
		dir := filepath.Base(filepath.Dir(name))
		if slices.Contains(notProvider, dir) || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		s.files = append(s.files, sourceFile{dir, file})
	}
	s.collectConstants()
	for known := -1; known != len(s.argument); { // until no function is new
		known = len(s.argument)
		s.walk()
	}
	return s.found
}

// sourceFile is a file of the provider's code and the name of its package.
type sourceFile struct {
	pkg  string
	file *ast.File
}

// summaryFinder finds the summaries of diagnostics. A function that passes a
// parameter on as the summary is one that makes a diagnostic, too.
type summaryFinder struct {
	t         *testing.T
	files     []sourceFile
	constants map[string][]string // values by package and name
	argument  map[string]int      // functions that make a diagnostic, and which argument is its summary
	found     map[string]bool
}

// collectConstants notes the string constants of each package, and the values of
// fields that are called Summary.
func (s *summaryFinder) collectConstants() {
	for _, file := range s.files {
		ast.Inspect(file.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, name := range n.Names {
					if i < len(n.Values) {
						s.note(file.pkg+"."+name.Name, n.Values[i])
					}
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Summary" {
					s.note(".Summary", n.Value)
				}
			}
			return true
		})
	}
}

func (s *summaryFinder) note(name string, value ast.Expr) {
	if text, ok := stringLiteral(value); ok {
		s.constants[name] = append(s.constants[name], text)
	}
}

// walk adds the summaries of all calls that make a diagnostic.
func (s *summaryFinder) walk() {
	for _, file := range s.files {
		for _, decl := range file.file.Decls {
			function, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(function, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					if i, ok := s.argument[functionName(call)]; ok && i < len(call.Args) {
						s.add(file.pkg, function, call.Args[i])
					}
				}
				return true
			})
		}
	}
}

// add notes the summary that an expression in a function stands for.
func (s *summaryFinder) add(pkg string, function *ast.FuncDecl, summary ast.Expr) {
	var values []string
	switch e := summary.(type) {
	case *ast.BasicLit:
		text, _ := stringLiteral(e)
		values = []string{text}
	case *ast.SelectorExpr:
		values = s.constants["."+e.Sel.Name] // a field
		if pkg, ok := e.X.(*ast.Ident); ok && values == nil {
			values = s.constants[pkg.Name+"."+e.Sel.Name]
		}
	case *ast.Ident:
		if i := parameter(function, e.Name); i >= 0 {
			s.argument[function.Name.Name] = i
			return
		}
		values = s.constants[pkg+"."+e.Name]
	}
	if len(values) == 0 {
		s.t.Errorf("%s.%s: the summary of a diagnostic is neither a constant nor a parameter", pkg, function.Name.Name)
	}
	for _, value := range values {
		s.found[value] = true
	}
}

// functionName returns the name of the function or method that is called.
func functionName(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	default:
		return ""
	}
}

// parameter returns the position of a function's parameter, -1 if it has none of
// this name.
func parameter(function *ast.FuncDecl, name string) int {
	var position int
	for _, field := range function.Type.Params.List {
		for _, parameter := range field.Names {
			if parameter.Name == name {
				return position
			}
			position++
		}
	}
	return -1
}

func stringLiteral(e ast.Expr) (string, bool) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(literal.Value)
	return text, err == nil
}
