package rules

import (
	"fmt"
	"strconv"

	"github.com/rising-stars/showcase/deploy/cfn"
)

// number is a rendered value as an integer; what is no number is -1, which no rule accepts.
func number(v any) int {
	n, err := strconv.Atoi(fmt.Sprint(v))
	if err != nil {
		return -1
	}
	return n
}

// hasAttribute tells whether the list of Key and Value pairs holds that pair.
func hasAttribute(properties cfn.Map, list, key, value string) bool {
	for _, pair := range cfn.List(properties, list) {
		if cfn.Text(pair, "Key") == key && cfn.Text(pair, "Value") == value {
			return true
		}
	}
	return false
}

// mustText is v printed, whatever it is, for a search inside.
func mustText(v any) string { return fmt.Sprint(v) }
