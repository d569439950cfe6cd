package shim

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// checked is a type-checked contract package.
type checked struct {
	*source
	pkg  *types.Package
	info *types.Info
	core *types.Package
}

// typeCheck runs go/types. If the package is not valid Go, the problems are those
// that the Go compiler prints, for which it is run; go/types says the same, often
// in other words.
func typeCheck(cfg Config, src *source) (*checked, error) {
	if len(src.syntax) != 0 {
		return nil, compilerProblems(cfg, src.syntax)
	}
	imports, err := exportData(cfg, importPaths(src))
	if err != nil {
		return nil, err
	}
	var problems Problems
	config := types.Config{
		Importer:  imports.importer(src.fset),
		Sizes:     types.SizesFor("gc", "wasm"),
		GoVersion: "go1.24",
		Error: func(err error) {
			var typeError types.Error
			if errors.As(err, &typeError) {
				problems = append(problems, Problem{typeError.Fset.Position(typeError.Pos), typeError.Msg})
			}
		},
	}
	c := &checked{source: src, info: &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
		Instances:  map[*ast.Ident]types.Instance{},
	}}
	c.pkg, err = config.Check(modulePath+"/"+filepath.ToSlash(cfg.Dir), src.fset, src.files, c.info)
	if len(problems) != 0 {
		return nil, compilerProblems(cfg, problems)
	}
	if err != nil {
		return nil, err
	}
	c.core, err = config.Importer.Import(corePath)
	return c, err
}

// exports maps an import path to the file with the package's export data.
type exports map[string]string

// exportData asks the go command for the compiled form of the packages and all
// they need. They come from the build cache that the contract's build fills.
func exportData(cfg Config, paths []string) (exports, error) {
	args := append([]string{"list", "-export", "-trimpath", "-deps", "-f", "{{.ImportPath}}={{.Export}}", "--"}, paths...)
	out, stderr, err := runGo(cfg, args...)
	if err != nil {
		return nil, fmt.Errorf("%s list -export: %w\n%s", cfg.Go, err, stderr)
	}
	found := exports{}
	for line := range strings.Lines(string(out)) {
		if path, file, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			found[path] = file
		}
	}
	return found, nil
}

func (e exports) importer(fset *token.FileSet) types.Importer {
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		file := e[path]
		if file == "" {
			return nil, fmt.Errorf("no export data of package %s", path)
		}
		return os.Open(file)
	})
}

// runGo runs the go command for the target of contracts.
func runGo(cfg Config, args ...string) (stdout, stderr []byte, err error) {
	command := exec.Command(cfg.Go, args...)
	command.Dir = cfg.Root
	command.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOPROXY=off")
	var outBuffer, errBuffer bytes.Buffer
	command.Stdout, command.Stderr = &outBuffer, &errBuffer
	err = command.Run()
	return outBuffer.Bytes(), errBuffer.Bytes(), err
}

// placed matches a line of compiler output: file, line, perhaps column, text.
var placed = regexp.MustCompile(`^(.+?\.go):(\d+):(?:(\d+):)? (.*)$`)

// compilerProblems compiles the contract and returns what the compiler prints. If
// it prints nothing of use, fallback is returned.
func compilerProblems(cfg Config, fallback Problems) Problems {
	_, stderr, err := runGo(cfg, "build", "-trimpath", "-buildvcs=false", "-gcflags=-e", "-o", os.DevNull,
		"./"+filepath.ToSlash(filepath.Clean(cfg.Dir)))
	if err == nil {
		return fallback
	}
	problems := parseCompilerOutput(cfg.Root, stderr)
	if len(problems) == 0 {
		return fallback
	}
	return problems
}

func parseCompilerOutput(root string, output []byte) Problems {
	var problems Problems
	lines := bufio.NewScanner(bytes.NewReader(output))
	for lines.Scan() {
		line := lines.Text()
		if match := placed.FindStringSubmatch(line); match != nil {
			position := token.Position{Filename: match[1]}
			if !filepath.IsAbs(match[1]) {
				position.Filename = filepath.Join(root, match[1])
			}
			position.Line, _ = strconv.Atoi(match[2])
			position.Column, _ = strconv.Atoi(match[3])
			problems = append(problems, Problem{position, match[4]})
		} else if strings.HasPrefix(line, "\t") && len(problems) > 0 {
			problems[len(problems)-1].Text += "\n" + line // more of the same message
		}
	}
	return problems
}
