#include "plan.h"
bool version_has_override(const struct hgx_plan *plan) { return plan != NULL; }
bool version_has_maxphysaddr(const struct hgx_plan *plan) { return plan != NULL; }
bool version_has_hotplug_off(const struct hgx_plan *plan) { return plan != NULL; }
bool version_has_firmware_features(const struct hgx_plan *plan) { return plan != NULL; }
bool version_has_dies(const struct hgx_plan *plan) { return plan != NULL; }
unsigned plan_most_vcpus(const struct hgx_plan *plan) { return plan ? 288 : 0; }
const char *plan_port_speed(const struct hgx_plan *plan, uint32_t speed) { return !plan||!speed ? NULL : speed>=16000 ? "16" : speed>=8000?"8":speed>=5000?"5":"2_5"; }
