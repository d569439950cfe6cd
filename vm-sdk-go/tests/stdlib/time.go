package stdlib

import (
	"time"
)

// Time uses package time.
func Time() string {
	t := time.Unix(1_700_000_000, 0).UTC().Add(36 * time.Hour)
	d, err := time.ParseDuration("1h30m")
	if err != nil {
		return err.Error()
	}
	return t.Format(time.RFC3339) + " " + d.String() + " " + t.Weekday().String()
}
