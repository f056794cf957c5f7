// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

import (
	"strings"
	"testing"
)

func TestForecast(t *testing.T) {
	host, err := FromExample("hgx-h200")
	if err != nil {
		t.Fatal(err)
	}
	f, err := host.Forecast(&ForecastOptions{NetSpeed: "200"})
	if err != nil {
		t.Fatal(err)
	}
	host.Close()
	gpus := f.GPUs()
	if len(gpus) != 8 || gpus[0].Path != "PIX" || !gpus[0].GDRSend || len(gpus[0].Paths) == 0 || f.Bound() <= 0 {
		t.Errorf("GPUs %+v, bound %v", gpus, f.Bound())
	}
	said, err := ForecastText(TitledForecast{"first", f})
	if err != nil || !strings.Contains(said, "first") {
		t.Errorf("%q, %v", said, err)
	}
	f.Close()
	if _, err := f.JSON(); err != ErrClosed {
		t.Errorf("after Close: %v", err)
	}
	if _, err := ForecastOfFile("<system", "a.xml", nil); err == nil || !strings.Contains(err.Error(), "a.xml") {
		t.Errorf("what is no file: %v", err)
	}
}
