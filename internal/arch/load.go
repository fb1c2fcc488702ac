package arch

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// load parses the imports of every Go file of the module at root, in order of their paths, whatever system or tag the
// file is for. Folders that the go command passes over, and other modules, are left out.
func load(root string) ([]source, error) {
	var files []source
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skip(root, name)
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		file, err := parse(filepath.ToSlash(relative), text)
		files = append(files, file)
		return err
	})
	return files, err
}

// skip is filepath.SkipDir for a folder that holds no package of the module at root.
func skip(root, folder string) error {
	if folder == root {
		return nil
	}
	name := filepath.Base(folder)
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || slices.Contains([]string{"testdata", "node_modules"}, name) {
		return filepath.SkipDir
	}
	if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
		return filepath.SkipDir
	}
	return nil
}

func parse(path string, text []byte) (source, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ImportsOnly)
	if err != nil {
		return source{}, fmt.Errorf("parse %s: %w", path, err)
	}
	file := source{path: path, lines: bytes.Count(text, []byte("\n"))}
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return source{}, fmt.Errorf("parse %s: %w", path, err)
		}
		file.imports = append(file.imports, imported)
	}
	return file, nil
}
