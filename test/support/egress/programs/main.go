// Gets a text, and sends one to be summed up; as any Go program does it, with the default client.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

func show(response *http.Response, err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != 200 {
		fmt.Fprintln(os.Stderr, response.Status, string(text), err)
		os.Exit(1)
	}
	fmt.Print(response.ProtoMajor, " ", string(text))
}

func main() {
	base := os.Getenv("BASE")
	http.DefaultClient.Timeout = 20 * time.Second
	show(http.Get(base + "/files/hello"))
	show(http.Post(base+"/files/digest", "text/plain", strings.NewReader("abc")))
}
