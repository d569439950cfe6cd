package stdlib

import (
	"net/url"
)

// NetURL uses package net/url.
func NetURL() string {
	u, err := url.Parse("https://user@example.com:8080/a%20b?q=1&r=x+y#top")
	if err != nil {
		return err.Error()
	}
	return u.Host + " " + u.Path + " " + u.Query().Get("r")
}
