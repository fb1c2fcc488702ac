package loopsqs

import (
	"crypto/md5" //nolint:gosec // the protocol's checksum, not a protection
	"encoding/binary"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// attributeValue is a typed value in the protocol's own form.
type attributeValue struct {
	DataType    string  `json:"DataType"`
	StringValue *string `json:"StringValue,omitempty"`
	BinaryValue []byte  `json:"BinaryValue,omitempty"`
}

var (
	attributeName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,256}$`)
	attributeType = regexp.MustCompile(`^(String|Number|Binary)(\..{1,249})?$`)
)

func (v attributeValue) isBinary() bool { return strings.HasPrefix(v.DataType, "Binary") }

// raw returns the bytes of the value, whichever kind it is.
func (v attributeValue) raw() []byte {
	if v.isBinary() {
		return v.BinaryValue
	}
	if v.StringValue == nil {
		return nil
	}
	return []byte(*v.StringValue)
}

// checkMessage refuses what SQS refuses in a body and its attributes, other than their size.
func checkMessage(body string, attributes map[string]attributeValue) error {
	if body == "" {
		return errMissing("MessageBody")
	}
	if !allowedText(body) {
		return sqsError("InvalidMessageContents", "InvalidMessageContents",
			"The message contains characters outside the allowed set.")
	}
	if len(attributes) > maxAttributes {
		return errValue("Number of message attributes [%d] exceeds the allowed maximum [%d].", len(attributes), maxAttributes)
	}
	for name, v := range attributes {
		if err := checkAttribute(name, v); err != nil {
			return err
		}
	}
	return nil
}

func checkAttribute(name string, v attributeValue) error {
	lower := strings.ToLower(name)
	switch {
	case !attributeName.MatchString(name), strings.HasPrefix(name, "."), strings.HasSuffix(name, "."),
		strings.Contains(name, ".."), strings.HasPrefix(lower, "aws."), strings.HasPrefix(lower, "amazon."):
		return errValue("The message attribute name '%s' is invalid.", name)
	case !attributeType.MatchString(v.DataType):
		return errValue("The message attribute '%s' has an invalid message attribute type, the set of supported type prefixes is "+
			"Binary, Number, and String.", name)
	case len(v.raw()) == 0:
		return errValue("Message (user) attribute '%s' must contain a non-empty value of type '%s'.", name, v.DataType)
	case !v.isBinary() && !allowedText(*v.StringValue):
		return errValue("Message (user) attribute '%s' contains characters outside the allowed set.", name)
	}
	return nil
}

// allowedText says whether all characters are ones that XML 1.0 can carry.
func allowedText(s string) bool {
	for i, r := range s {
		switch {
		case r == utf8.RuneError:
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return false
			}
		case r == '\t', r == '\n', r == '\r':
		case r < ' ', r == 0xFFFE, r == 0xFFFF:
			return false
		}
	}
	return true
}

// payloadBytes is what counts against the size limits.
func payloadBytes(body string, attributes map[string]attributeValue) int {
	n := len(body)
	for name, v := range attributes {
		n += len(name) + len(v.DataType) + len(v.raw())
	}
	return n
}

func bodySum(body string) string {
	sum := md5.Sum([]byte(body)) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}

// attributesSum is the protocol's digest: by name, each part with its length, a byte for the kind of value.
// It is empty without attributes.
func attributesSum(attributes map[string]attributeValue) string {
	if len(attributes) == 0 {
		return ""
	}
	h := md5.New() //nolint:gosec // see the import
	part := func(b []byte) {
		var size [4]byte
		binary.BigEndian.PutUint32(size[:], uint32(len(b)))
		h.Write(size[:])
		h.Write(b)
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		v := attributes[name]
		part([]byte(name))
		part([]byte(v.DataType))
		kind := byte(1)
		if v.isBinary() {
			kind = 2
		}
		h.Write([]byte{kind})
		part(v.raw())
	}
	return hex.EncodeToString(h.Sum(nil))
}
