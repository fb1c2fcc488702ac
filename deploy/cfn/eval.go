package cfn

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// eval works out every intrinsic function in v.
func (s *Stack) eval(v any) (any, error) {
	switch found := v.(type) {
	case Map:
		if len(found) == 1 {
			for key, argument := range found {
				if key == "Ref" || key == "Condition" || strings.HasPrefix(key, "Fn::") {
					return s.call(key, argument)
				}
			}
		}
		return s.evalMap(found)
	case []any:
		list := make([]any, 0, len(found))
		for _, item := range found {
			value, err := s.eval(item)
			if err != nil {
				return nil, err
			}
			if value != (noValue{}) {
				list = append(list, value)
			}
		}
		return list, nil
	default:
		return v, nil
	}
}

func (s *Stack) evalMap(m Map) (any, error) {
	out := Map{}
	for _, key := range Keys(m) {
		value, err := s.eval(m[key])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		if _, none := value.(noValue); !none {
			out[key] = value
		}
	}
	return out, nil
}

// call works out one function. If is apart, since only the chosen side is looked at.
func (s *Stack) call(name string, argument any) (any, error) {
	switch name {
	case "Ref":
		return s.ref(fmt.Sprint(argument))
	case "Condition":
		// In a resource it is the resource's own condition, which render has looked at.
		return s.condition(fmt.Sprint(argument))
	case "Fn::If":
		return s.choose(argument)
	case "Fn::Sub":
		return s.substitute(argument)
	case "Fn::GetAtt":
		return s.attribute(argument)
	}
	value, err := s.eval(argument)
	if err != nil {
		return nil, err
	}
	return pure(name, value)
}

// pure works out a function of nothing but its argument.
func pure(name string, value any) (any, error) {
	list, _ := value.([]any)
	switch {
	case name == "Fn::Base64":
		return value, nil // kept readable
	case name == "Fn::GetAZs":
		return []any{Region + "a", Region + "b", Region + "c"}, nil
	case name == "Fn::Equals" && len(list) == 2:
		return fmt.Sprint(list[0]) == fmt.Sprint(list[1]), nil
	case name == "Fn::Not" && len(list) == 1:
		return list[0] == false, nil
	case name == "Fn::And":
		for _, item := range list {
			if item != true {
				return false, nil
			}
		}
		return true, nil
	case name == "Fn::Cidr" && len(list) == 3:
		return blocks(list)
	case name == "Fn::Select" && len(list) == 2:
		return pick(list)
	case name == "Fn::Join" && len(list) == 2:
		var parts []string
		for _, item := range List(list[1]) {
			parts = append(parts, fmt.Sprint(item))
		}
		return strings.Join(parts, fmt.Sprint(list[0])), nil
	default:
		return nil, fmt.Errorf("%s with %d arguments is not known here", name, len(list))
	}
}

func blocks(list []any) (any, error) {
	count, err := strconv.Atoi(fmt.Sprint(list[1]))
	if err != nil {
		return nil, fmt.Errorf("count of blocks: %w", err)
	}
	out := make([]any, count)
	for i := range out {
		out[i] = fmt.Sprintf("%v#%d", list[0], i)
	}
	return out, nil
}

func pick(list []any) (any, error) {
	i, err := strconv.Atoi(fmt.Sprint(list[0]))
	items := List(list[1])
	if err != nil || i < 0 || i >= len(items) {
		return nil, fmt.Errorf("select %v of %d", list[0], len(items))
	}
	return items[i], nil
}

func (s *Stack) choose(argument any) (any, error) {
	list, _ := argument.([]any)
	if len(list) != 3 {
		return nil, errors.New("an If takes three arguments")
	}
	yes, err := s.condition(fmt.Sprint(list[0]))
	if err != nil {
		return nil, err
	}
	if yes {
		return s.eval(list[1])
	}
	return s.eval(list[2])
}

func (s *Stack) substitute(argument any) (any, error) {
	text, ok := argument.(string)
	if !ok {
		return nil, errors.New("a Sub takes one text here")
	}
	for _, name := range Placeholders(text) {
		var value any
		var err error
		if resource, attribute, dotted := strings.Cut(name, "."); dotted {
			value, err = s.attribute([]any{resource, attribute})
		} else {
			value, err = s.ref(name)
		}
		if err != nil {
			return nil, err
		}
		text = strings.ReplaceAll(text, "${"+name+"}", fmt.Sprint(value))
	}
	return text, nil
}
