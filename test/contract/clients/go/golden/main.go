// Command golden reads objects in JSON and in protobuf and says where the two differ from what Kubernetes' own types make of them.
//
// Each line of its input is {"name":…, "json": an object, "protobuf": the same object in base64}. Each line of its output is {"name":…, "problem":…},
// the problem empty when the protobuf decodes strictly, is written again as the same bytes, and is what the JSON is written as.
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	admissionv1 "k8s.io/api/admission/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1beta1 "k8s.io/apimachinery/pkg/apis/meta/v1beta1"
	"k8s.io/apimachinery/pkg/runtime"
	runtimejson "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
)

type sample struct {
	Name     string          `json:"name"`
	JSON     json.RawMessage `json:"json"`
	Protobuf []byte          `json:"protobuf"`
}

type verdict struct {
	Name    string `json:"name"`
	Problem string `json:"problem"`
}

const maxLine = 64 * 1024 * 1024

func main() {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		clientgoscheme.AddToScheme, admissionv1.AddToScheme, apiextensionsv1.AddToScheme, metav1.AddMetaToScheme, metav1beta1.AddMetaToScheme,
	} {
		if err := add(scheme); err != nil {
			fail(err)
		}
	}
	fromJSON := runtimejson.NewSerializerWithOptions(runtimejson.DefaultMetaFactory, scheme, scheme, runtimejson.SerializerOptions{Strict: true})
	binary := protobuf.NewSerializer(scheme, scheme)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, maxLine)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var one sample
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			fail(err)
		}
		if err := out.Encode(verdict{one.Name, compare(one, fromJSON, binary)}); err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func compare(one sample, fromJSON, binary runtime.Serializer) string {
	decoded, _, err := binary.Decode(one.Protobuf, nil, nil)
	if err != nil {
		return fmt.Sprintf("does not decode: %v", err)
	}
	var again bytes.Buffer
	if err := binary.Encode(decoded, &again); err != nil {
		return fmt.Sprintf("does not encode: %v", err)
	}
	if !bytes.Equal(again.Bytes(), one.Protobuf) {
		return difference("written again", one.Protobuf, again.Bytes())
	}
	read, _, err := fromJSON.Decode(one.JSON, nil, nil)
	if err != nil {
		return fmt.Sprintf("the JSON does not decode: %v", err)
	}
	var wanted bytes.Buffer
	if err := binary.Encode(read, &wanted); err != nil {
		return fmt.Sprintf("the JSON does not encode: %v", err)
	}
	if !bytes.Equal(wanted.Bytes(), one.Protobuf) {
		return difference("written from JSON", one.Protobuf, wanted.Bytes())
	}
	return ""
}

// difference shows the bytes around the first that is not the same.
func difference(what string, given, wanted []byte) string {
	at := 0
	for at < len(given) && at < len(wanted) && given[at] == wanted[at] {
		at++
	}
	from := max(0, at-24)
	cut := func(all []byte) string { return hex.EncodeToString(all[from:min(len(all), at+24)]) }
	return fmt.Sprintf("%s it differs at byte %d: given …%s…, wanted …%s…", what, at, cut(given), cut(wanted))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
