package shim

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// docText returns the text of a doc comment, without directives.
func docText(doc *ast.CommentGroup) string {
	if doc == nil {
		return ""
	}
	return strings.TrimSpace(doc.Text())
}

// typeDocs returns the doc comment of each type declaration, by the position of
// the type's name.
func typeDocs(files []*ast.File) map[token.Pos]*ast.CommentGroup {
	docs := map[token.Pos]*ast.CommentGroup{}
	for _, file := range files {
		for _, decl := range file.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok || group.Tok != token.TYPE {
				continue
			}
			for _, spec := range group.Specs {
				spec := spec.(*ast.TypeSpec)
				docs[spec.Name.Pos()] = spec.Doc
				if spec.Doc == nil && !group.Lparen.IsValid() { // type T …, not type ( T … )
					docs[spec.Name.Pos()] = group.Doc
				}
			}
		}
	}
	return docs
}

// functionDocs returns the doc comment of each function and method.
func functionDocs(c *checked) map[types.Object]*ast.CommentGroup {
	docs := map[types.Object]*ast.CommentGroup{}
	for _, file := range c.files {
		for _, decl := range file.Decls {
			if function, ok := decl.(*ast.FuncDecl); ok {
				docs[c.info.Defs[function.Name]] = function.Doc
			}
		}
	}
	return docs
}

// packageDoc returns the package comment; with several, those of all files in the
// order of the files' names.
func packageDoc(files []*ast.File) string {
	var texts []string
	for _, file := range files {
		if text := docText(file.Doc); text != "" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "\n\n")
}
