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
	"slices"
)

// maxBytes is how much of a description is read; it has 15 MB.
const maxBytes = 100 << 20

// Types are all resource types.
type Types struct {
	resources   map[string]*resource   // by type, such as AWS::SQS::Queue
	definitions map[string]*definition // by id
	metrics     map[string][][]string  // the sets of dimensions by "namespace name"
}

type resource struct {
	Type       string              `json:"cloudFormationType"`
	Identifier []string            `json:"primaryIdentifier"` // what a Ref gives, when it is one
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
	// Relations are the types of resource, with their property, that the value names one of; none where it names nothing
	// or the description does not say.
	Relations []struct {
		Type     string `json:"cloudFormationType"`
		Property string `json:"propertyName"`
	} `json:"relationshipRefs"`
	Deprecated string `json:"deprecated"`
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
	type edges struct {
		Forward map[string][]struct {
			ID string `json:"$id"`
		}
	}
	var db struct {
		Schema struct {
			Resource       struct{ Entities []*resource }
			TypeDefinition struct{ Entities []*definition }
			Metric         struct {
				Entities []struct {
					ID              string `json:"$id"`
					Namespace, Name string
				}
			}
			DimensionSet struct {
				Entities []struct {
					ID         string `json:"$id"`
					Dimensions []struct{ Name string }
				}
			}
			UsesDimensionSet edges
		}
	}
	if err := json.NewDecoder(io.LimitReader(unzipped, maxBytes)).Decode(&db); err != nil {
		return nil, fmt.Errorf("read resource types: %w", err)
	}
	t := &Types{resources: map[string]*resource{}, definitions: map[string]*definition{}, metrics: map[string][][]string{}}
	for _, r := range db.Schema.Resource.Entities {
		t.resources[r.Type] = r
	}
	for _, d := range db.Schema.TypeDefinition.Entities {
		t.definitions[d.ID] = d
	}
	dimensions := map[string][]string{}
	for _, set := range db.Schema.DimensionSet.Entities {
		names := []string{}
		for _, d := range set.Dimensions {
			names = append(names, d.Name)
		}
		slices.Sort(names)
		dimensions[set.ID] = names
	}
	for _, m := range db.Schema.Metric.Entities {
		sets := t.metrics[m.Namespace+" "+m.Name]
		for _, edge := range db.Schema.UsesDimensionSet.Forward[m.ID] {
			sets = append(sets, dimensions[edge.ID])
		}
		t.metrics[m.Namespace+" "+m.Name] = sets
	}
	if len(t.resources) == 0 || len(t.definitions) == 0 {
		return nil, fmt.Errorf("read resource types: %d types of %d structures", len(t.resources), len(t.definitions))
	}
	return t, nil
}

// Metric says whether the description names a metric of one of AWS's services. It does not name all that there are.
func (t *Types) Metric(namespace, name string) bool {
	_, known := t.metrics[namespace+" "+name]
	return known
}

// Dimensions are the sets of dimensions that the description has for a metric.
func (t *Types) Dimensions(namespace, name string) [][]string { return t.metrics[namespace+" "+name] }
