#pragma once
#include <jansson.h>

// jansson's reference counting and type tests are macros or inline functions over a struct; Swift needs plain names.
static inline int twinfleet_json_type(const json_t *value) { return (int)value->type; }
static inline void twinfleet_json_decref(json_t *value) { json_decref(value); }
