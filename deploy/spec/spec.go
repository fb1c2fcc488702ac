// Package spec holds templates to what CloudFormation says of its own resource types: which there are, which properties
// and attributes each has, which of them it must have, of what kind a value is and which values an enumeration has. It
// reads the description that AWS's CDK is generated from, which comes as an npm package; deploy/guard pins it.
//
// It asks for the form alone. What is wise is for deploy/rules, and what only AWS knows (limits, quotas, names that are
// taken, which properties exclude each other) is for nobody here.
package spec

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
)

// maxBytes is how much of a description is read; it has 15 MB.
const maxBytes = 100 << 20

// Types are all resource types.
type Types struct {
	resources   map[string]*resource   // by type, such as AWS::SQS::Queue
	definitions map[string]*definition // by id
	metrics     map[string]bool        // "namespace name"
}

type resource struct {
	Type       string              `json:"cloudFormationType"`
	Properties map[string]property `json:"properties"`
	Attributes map[string]struct{} `json:"attributes"`
}

// definition is a structure that properties are made of.
type definition struct {
	ID         string              `json:"$id"`
	Name       string              `json:"name"`
	Properties map[string]property `json:"properties"`
}

type property struct {
	Required bool   `json:"required"`
	Type     kind   `json:"type"`
	Previous []kind `json:"previousTypes"` // are taken still
}

// kind is of what form a value is.
type kind struct {
	Name      string `json:"type"`
	Allowed   []any  `json:"allowedValues"`
	Element   *kind  `json:"element"`
	Types     []kind `json:"types"` // of a union
	Reference struct {
		ID string `json:"$ref"`
	} `json:"reference"`
}

// Read reads the description, a database in gzipped JSON.
func Read(r io.Reader) (*Types, error) {
	unzipped, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("open resource types: %w", err)
	}
	var db struct {
		Schema struct {
			Resource       struct{ Entities []*resource }
			TypeDefinition struct{ Entities []*definition }
			Metric         struct {
				Entities []struct{ Namespace, Name string }
			}
		}
	}
	if err := json.NewDecoder(io.LimitReader(unzipped, maxBytes)).Decode(&db); err != nil {
		return nil, fmt.Errorf("read resource types: %w", err)
	}
	t := &Types{resources: map[string]*resource{}, definitions: map[string]*definition{}, metrics: map[string]bool{}}
	for _, r := range db.Schema.Resource.Entities {
		t.resources[r.Type] = r
	}
	for _, d := range db.Schema.TypeDefinition.Entities {
		t.definitions[d.ID] = d
	}
	for _, m := range db.Schema.Metric.Entities {
		t.metrics[m.Namespace+" "+m.Name] = true
	}
	if len(t.resources) == 0 || len(t.definitions) == 0 {
		return nil, fmt.Errorf("read resource types: %d types of %d structures", len(t.resources), len(t.definitions))
	}
	return t, nil
}

// Metric says whether the description names a metric of one of AWS's services. It does not name all that there are.
func (t *Types) Metric(namespace, name string) bool { return t.metrics[namespace+" "+name] }
