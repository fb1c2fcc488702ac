package analysis

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/rising-stars/showcase/events"
)

// Limits of a rule.
const (
	maxRuleBytes = 16_384
	maxExtends   = 8
	maxWeight    = 1000
	maxItems     = 100_000 // of one list
)

// ErrRule says that a rule cannot be used; the message names file and line.
var ErrRule = errors.New("the rule cannot be used")

// Load reads a rule and the rules that it extends; read gives the text of a named one. What a rule says for itself
// replaces what it extends, but for exclusions and weights, which add up.
func Load(name string, read func(name string) ([]byte, error)) (Rule, error) {
	return load(name, read, nil)
}

func load(name string, read func(string) ([]byte, error), chain []string) (Rule, error) {
	if slices.Contains(chain, name) {
		return Rule{}, fmt.Errorf("%w: %s extends itself: %s", ErrRule, name, strings.Join(append(chain, name), " → "))
	}
	if len(chain) >= maxExtends {
		return Rule{}, fmt.Errorf("%w: more than %d rules extend each other", ErrRule, maxExtends)
	}
	text, err := read(name)
	if err != nil {
		return Rule{}, fmt.Errorf("read rule: %w", err)
	}
	p := parser{name: name}
	rule, base := p.parse(text)
	if len(p.wrong) > 0 {
		return Rule{}, fmt.Errorf("%w:\n%s", ErrRule, strings.Join(p.wrong, "\n"))
	}
	if base == "" {
		return rule, nil
	}
	under, err := load(base, read, append(chain, name))
	if err != nil {
		return Rule{}, err
	}
	return under.overlaid(rule), nil
}

// overlaid is the rule with another on top.
func (r Rule) overlaid(top Rule) Rule {
	top.Exclude = append(slices.Clone(r.Exclude), top.Exclude...)
	top.Weights = append(slices.Clone(top.Weights), r.Weights...)
	if top.Name == "" {
		top.Name = r.Name
	}
	if top.CapPerVoter == 0 {
		top.CapPerVoter = r.CapPerVoter
	}
	if len(top.Ties) == 0 {
		top.Ties = r.Ties
	}
	if top.FinalistsPerCity == 0 {
		top.FinalistsPerCity = r.FinalistsPerCity
	}
	return top
}

// parser collects everything that is wrong with one file.
type parser struct {
	name  string
	wrong []string
}

func (p *parser) refuse(n *yaml.Node, format string, args ...any) {
	p.wrong = append(p.wrong, fmt.Sprintf("%s:%d: %s", p.name, n.Line, fmt.Sprintf(format, args...)))
}

func (p *parser) parse(text []byte) (r Rule, base string) {
	var doc yaml.Node
	if len(text) > maxRuleBytes {
		p.wrong = append(p.wrong, fmt.Sprintf("%s: more than %d bytes", p.name, maxRuleBytes))
		return r, ""
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		p.wrong = append(p.wrong, fmt.Sprintf("%s: %s", p.name, strings.TrimPrefix(err.Error(), "yaml: ")))
		return r, ""
	}
	if len(doc.Content) == 0 || doc.Content[0].Tag == "!!null" {
		return r, "" // an empty rule
	}
	p.fields(doc.Content[0], map[string]func(*yaml.Node){
		"name":               func(n *yaml.Node) { r.Name = p.text(n) },
		"extends":            func(n *yaml.Node) { base = p.text(n) },
		"exclude":            func(n *yaml.Node) { p.list(n, func(n *yaml.Node) { r.Exclude = append(r.Exclude, p.match(n, nil)) }) },
		"weights":            func(n *yaml.Node) { p.list(n, func(n *yaml.Node) { r.Weights = append(r.Weights, p.weight(n)) }) },
		"cap_per_voter":      func(n *yaml.Node) { r.CapPerVoter = int(p.number(n, 1, 1_000_000)) },
		"finalists_per_city": func(n *yaml.Node) { r.FinalistsPerCity = int(p.number(n, 1, 1000)) },
		"ties":               func(n *yaml.Node) { p.list(n, func(n *yaml.Node) { r.Ties = append(r.Ties, p.tie(n)) }) },
	})
	return r, base
}

func (p *parser) tie(n *yaml.Node) Tie {
	tie := Tie(p.text(n))
	if !slices.Contains([]Tie{TieReached, TieJoined, TieID}, tie) {
		p.refuse(n, "there is no tie %q; there are reached, joined and id", tie)
	}
	return tie
}

func (p *parser) weight(n *yaml.Node) Weight {
	w := Weight{Votes: -1}
	w.Match = p.match(n, map[string]func(*yaml.Node){
		"votes": func(n *yaml.Node) { w.Votes = p.number(n, 0, maxWeight) },
	})
	if w.Votes < 0 && len(p.wrong) == 0 {
		p.refuse(n, "a weight needs votes: how many a ballot counts for")
	}
	return w
}

func (p *parser) match(n *yaml.Node, more map[string]func(*yaml.Node)) Match {
	var m Match
	known := map[string]func(*yaml.Node){
		"from":              func(n *yaml.Node) { m.From = p.time(n) },
		"to":                func(n *yaml.Node) { m.To = p.time(n) },
		"account_age_below": func(n *yaml.Node) { m.AccountAgeBelow = p.duration(n) },
		"addresses":         func(n *yaml.Node) { m.Addresses = p.texts(n) },
		"voter_cities":      func(n *yaml.Node) { m.VoterCities = cityKeys(p.texts(n)) },
		"cities":            func(n *yaml.Node) { m.Cities = cityKeys(p.texts(n)) },
		"burst_from":        func(n *yaml.Node) { m.BurstFrom = p.number(n, 2, 1_000_000) },
		"videos":            func(n *yaml.Node) { m.Videos = p.ids(n) },
		"ballots":           func(n *yaml.Node) { p.ballots(n, &m) },
	}
	maps.Copy(known, more)
	if given := p.fields(n, known); given == 0 && more == nil {
		p.refuse(n, "no condition: this would leave out every ballot")
	}
	if !m.From.IsZero() && !m.To.IsZero() && !m.From.Before(m.To) {
		p.refuse(n, "impossible window: from %s is not before to %s", m.From.Format(time.RFC3339), m.To.Format(time.RFC3339))
	}
	slices.Sort(m.Positions)
	return m
}

func (p *parser) ballots(n *yaml.Node, m *Match) {
	p.list(n, func(n *yaml.Node) {
		if n.Tag == "!!int" {
			m.Positions = append(m.Positions, p.number(n, 1, 1<<53))
			return
		}
		if from, to, ok := parseRange(n.Value); ok {
			if from < 1 || to < from {
				p.refuse(n, "impossible range: %s", n.Value)
			}
			m.Ranges = append(m.Ranges, Range{from, to})
			return
		}
		id, err := events.ParseID(n.Value)
		if err != nil {
			p.refuse(n, "%q is neither a position nor the id of an event, nor a range such as 1200-1300", n.Value)
		}
		m.IDs = append(m.IDs, id)
	})
}

func parseRange(text string) (from, to int64, ok bool) {
	a, b, found := strings.Cut(text, "-")
	from, errA := strconv.ParseInt(a, 10, 64)
	to, errB := strconv.ParseInt(b, 10, 64)
	return from, to, found && errA == nil && errB == nil
}

func (p *parser) ids(n *yaml.Node) (all []events.ID) {
	for _, text := range p.texts(n) {
		id, err := events.ParseID(text)
		if err != nil {
			p.refuse(n, "%q is not an id", text)
		}
		all = append(all, id)
	}
	return all
}

// fields reads a mapping and returns how many fields it has.
func (p *parser) fields(n *yaml.Node, known map[string]func(*yaml.Node)) int {
	if n.Kind != yaml.MappingNode {
		p.refuse(n, "name: value is expected here")
		return 0
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, ok := known[key.Value]
		switch {
		case !ok:
			names := make([]string, 0, len(known))
			for name := range known {
				names = append(names, name)
			}
			slices.Sort(names)
			p.refuse(key, "there is no %q here; there are %s", key.Value, strings.Join(names, ", "))
		case seen[key.Value]:
			p.refuse(key, "%s is given twice", key.Value)
		default:
			seen[key.Value] = true
			read(value)
		}
	}
	return len(seen)
}

func (p *parser) list(n *yaml.Node, read func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode || len(n.Content) > maxItems {
		p.refuse(n, "a list of at most %d is expected here", maxItems)
		return
	}
	for _, one := range n.Content {
		read(one)
	}
}

func (p *parser) texts(n *yaml.Node) (all []string) {
	p.list(n, func(n *yaml.Node) { all = append(all, p.text(n)) })
	if len(all) == 0 {
		p.refuse(n, "the list is empty")
	}
	return all
}

func (p *parser) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" {
		p.refuse(n, "a text is expected here")
	}
	return n.Value
}

func (p *parser) number(n *yaml.Node, least, most int64) int64 {
	var v int64
	if err := n.Decode(&v); err != nil || v < least || v > most {
		p.refuse(n, "%q is not a whole number from %d to %d", n.Value, least, most)
		return least
	}
	return v
}

func (p *parser) time(n *yaml.Node) time.Time {
	at, err := time.Parse(time.RFC3339Nano, n.Value)
	if err != nil {
		p.refuse(n, "%q is not a time with a zone, such as 2026-11-20T18:00:00-05:00", n.Value)
	}
	return at.UTC()
}

func (p *parser) duration(n *yaml.Node) time.Duration {
	d, err := time.ParseDuration(n.Value)
	if err != nil || d <= 0 {
		p.refuse(n, "%q is not a duration such as 90s, 10m or 24h", n.Value)
	}
	return d
}
