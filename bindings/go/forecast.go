// SPDX-License-Identifier: LGPL-2.1-or-later

package hgxtopo

// #include <stdlib.h>
// #include <hgxtopo.h>
import "C"

import "unsafe"

// A ForecastView is where NCCL knows the machine from.
type ForecastView int32

const (
	ForecastFile  ForecastView = C.HGX_FORECAST_FILE  // the topology file that [Topology.NCCL] writes
	ForecastSysfs ForecastView = C.HGX_FORECAST_SYSFS // what the machine shows, where there is no such file
)

// A NetPlugin is how the network plugin of NCCL names a NIC.
type NetPlugin int32

const (
	NetIB    NetPlugin = C.HGX_NET_IB    // by device 00, function 0 of its bus, as NCCL's own does
	NetExact NetPlugin = C.HGX_NET_EXACT // by its own address, as that of AWS does
)

// ForecastOptions are the options of [Topology.Forecast] and [ForecastOfFile].
type ForecastOptions struct {
	// in a forecast of a host: count only the devices that this guest has; default: all
	Guest *Topology `c:"guest"`
	// Gb/s of each port of the NICs: "400"; of one NIC, at "0000:1a:00.0=200"; or several with commas between them
	NetSpeed          string       `c:"net_speed"`
	View              ForecastView `c:"view"`               // ForecastOfFile does not ask for it
	Nodes             uint32       `c:"nodes"`              // machines that take part; no result depends on it
	NVLink            Choice       `c:"nvlink"`             // On: NVSwitches connect the GPUs
	GDR               Choice       `c:"gdr"`                // Off: no GPUDirect RDMA
	PXN               Choice       `c:"pxn"`                // Off: no GPU relays for another
	C2C               Choice       `c:"c2c"`                // On: each GPU has a C2C link to its CPU
	ComputeCapability uint32       `c:"compute_capability"` // of the GPUs: 80 for A100, 90 (default) for H100
	NetPlugin         NetPlugin    `c:"net_plugin"`
	Words             Words        `c:"words"` // of errors and findings
}

// A GPUWay is the way of a GPU to a NIC.
type GPUWay struct {
	NIC  string // its address
	Path string // as in [GPUForecast]
}

// A GPUForecast is what NCCL decides for a GPU.
type GPUForecast struct {
	Address string
	NIC     string // the NIC that it uses first; "": there is none
	// the type of the path to it: "PIX", "PXB", "PHB", "SYS", "PXN", "P2C"; "-": there is no NIC
	Path       string
	Bandwidth  float64  // GB/s of its narrowest link; 0: there is no NIC
	GDRReceive bool     // with GPUDirect RDMA
	GDRSend    bool     // likewise
	Reason     string   // why with GPUDirect RDMA, or why without: one sentence
	Paths      []GPUWay // to every NIC
}

// A Forecast is what NCCL 2.28 to 2.30 decides on a machine: for each GPU its NIC, the path to it and whether it uses
// GPUDirect RDMA. This is NCCL's model of what it is told, not a measurement.
type Forecast struct {
	lifetime *lifetime
	c        *C.struct_hgx_nccl_forecast
	of       *lifetime // the machine; nil: a file
}

// Forecast returns what NCCL decides on this machine; nil options are the defaults. CodeRefused: there is no GPU, or
// [Topology.NCCL] refuses the machine; CodeLimit: more than NCCL takes.
func (t *Topology) Forecast(options *ForecastOptions) (*Forecast, error) {
	var a arguments
	if err := a.hold(t.life()); err != nil {
		return nil, err
	}
	f, err := newForecast(options, func(out **C.struct_hgx_nccl_forecast, o *C.struct_hgx_forecast_options, err *C.struct_hgx_error) C.int {
		return C.hgx_forecast(out, t.c, o, err)
	})
	if err != nil {
		a.free()
		return nil, err
	}
	f.of = t.lifetime
	f.lifetime = begin(func() {
		C.hgx_forecast_free(f.c)
		a.free()
	})
	return f, nil
}

// ForecastOfFile is the same for an NCCL topology file, which is read as NCCL reads it. name is what to call the text
// in an error, such as its file name; "": "the file".
func ForecastOfFile(data, name string, options *ForecastOptions) (*Forecast, error) {
	var a arguments
	defer a.free()
	f, err := newForecast(options, func(out **C.struct_hgx_nccl_forecast, o *C.struct_hgx_forecast_options, err *C.struct_hgx_error) C.int {
		return C.hgx_forecast_file(out, a.bytes(data), C.size_t(len(data)), a.optional(name), o, err)
	})
	if err != nil {
		return nil, err
	}
	c := f.c
	f.lifetime = begin(func() { C.hgx_forecast_free(c) })
	return f, nil
}

// newForecast makes a forecast, whose lifetime its caller begins.
func newForecast(options *ForecastOptions, call func(out **C.struct_hgx_nccl_forecast, o *C.struct_hgx_forecast_options, err *C.struct_hgx_error) C.int) (*Forecast, error) {
	var a arguments
	defer a.free()
	var cOptions C.struct_hgx_forecast_options
	if err := a.options(&cOptions, options); err != nil {
		return nil, err
	}
	var c *C.struct_hgx_nccl_forecast
	err := try(func(err *C.struct_hgx_error) C.int { return call(&c, &cOptions, err) })
	return &Forecast{c: c}, err
}

// Close frees the forecast. The error is always nil.
func (f *Forecast) Close() error {
	if f != nil {
		f.lifetime.end()
	}
	return nil
}

func (f *Forecast) life() *lifetime {
	if f == nil {
		return nil
	}
	return f.lifetime
}

// GPUs returns the GPUs in the order of their addresses.
func (f *Forecast) GPUs() []GPUForecast {
	return within(f.life(), nil, func() []GPUForecast {
		var c *C.struct_hgx_gpu_forecast
		count := C.hgx_forecast_gpus(f.c, &c)
		return list(c, count, newGPUForecast)
	})
}

func newGPUForecast(c *C.struct_hgx_gpu_forecast) GPUForecast {
	return GPUForecast{Address: C.GoString(c.address), NIC: C.GoString(c.nic), Path: C.GoString(c.path),
		Bandwidth: float64(c.bandwidth), GDRReceive: c.gdr_receive != 0, GDRSend: c.gdr_send != 0,
		Reason: C.GoString(c.reason), Paths: list(c.paths, c.path_count, newGPUWay)}
}

func newGPUWay(c *C.struct_hgx_gpu_way) GPUWay {
	return GPUWay{NIC: C.GoString(c.nic), Path: C.GoString(c.path)}
}

// Bound returns the GB/s that all GPUs together get from the network at most; 0 unless every GPU uses GPUDirect RDMA in
// both directions.
func (f *Forecast) Bound() float64 {
	return within(f.life(), 0, func() float64 { return float64(C.hgx_forecast_bound(f.c)) })
}

// Findings returns what was assumed, and what NCCL takes for something else in a file.
func (f *Forecast) Findings() []Finding {
	return within(f.life(), nil, func() []Finding {
		var c *C.struct_hgx_finding
		count := C.hgx_forecast_findings(f.c, &c)
		return findings(c, count, func(node *C.struct_hgx_node) Node { return newNode(f.of, node) })
	})
}

// JSON returns the forecast as JSON, see docs/json-format.md.
func (f *Forecast) JSON() (string, error) {
	return emit(f.life(), func(out **C.char, err *C.struct_hgx_error) C.int {
		return C.hgx_emit_forecast_json(f.c, out, err)
	})
}

// A TitledForecast is a forecast and what [ForecastText] calls it.
type TitledForecast struct {
	Title    string
	Forecast *Forecast
}

// ForecastText returns one or more forecasts as text for people: a line for each, with its title, and what is decided for
// each GPU.
func ForecastText(forecasts ...TitledForecast) (string, error) {
	var a arguments
	defer a.free()
	array := make([]*C.struct_hgx_nccl_forecast, 0, len(forecasts)+1)
	size := C.size_t(len(forecasts)+1) * C.size_t(unsafe.Sizeof((*C.char)(nil)))
	// C follows no pointer from Go's memory into Go's, but these lead to C's
	titles := (**C.char)(C.malloc(size))
	defer C.free(unsafe.Pointer(titles))
	for i, one := range forecasts {
		if err := a.hold(one.Forecast.life()); err != nil {
			return "", err
		}
		array = append(array, one.Forecast.c)
		unsafe.Slice(titles, len(forecasts))[i] = a.text(one.Title)
	}
	return text(func(out **C.char, err *C.struct_hgx_error) C.int {
		return C.hgx_emit_forecast(&array[:1][0], titles, C.size_t(len(forecasts)), out, err)
	})
}
