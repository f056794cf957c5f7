/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads an emitted domain independently of the library that wrote it, with a small strict
 * scanner: the tests do not link an XML library themselves. */
#ifndef TEST_DOMAIN_H
#define TEST_DOMAIN_H

#include <ctype.h>
#include "support.h"

struct element {
	const char *name, *text, *comment; /* comment: the one directly before the element */
	const char *keys[16], *values[16];
	size_t attributes;
	struct element *parent, *first, *last, *next;
};

struct scanner {
	const char *at;
	struct arena *arena;
	const char *comment;
};

static inline void scan_over(struct scanner *s, const char *text)
{
	must(!strncmp(s->at, text, strlen(text)), "expected %s at %.60s", text, s->at);
	s->at += strlen(text);
}

static inline const char *scan_until(struct scanner *s, const char *stop)
{
	const char *end = strstr(s->at, stop), *text;

	must(end != NULL, "no %s after %.60s", stop, s->at);
	text = arena_copy(s->arena, s->at, (size_t)(end - s->at));
	s->at = end + strlen(stop);
	return text;
}

static inline const char *scan_name(struct scanner *s)
{
	size_t length = strspn(s->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:-");

	must(length > 0, "no name at %.60s", s->at);
	s->at += length;
	return arena_copy(s->arena, s->at - length, length);
}

static inline void scan_space(struct scanner *s)
{
	while (isspace((unsigned char)*s->at))
		s->at++;
}

static inline bool scan_comment(struct scanner *s)
{
	if (strncmp(s->at, "<!--", 4))
		return false;
	s->at += 4;
	s->comment = scan_until(s, "-->");
	must(!strstr(s->comment, "--"), "%s", s->comment);
	return true;
}

static inline void scan_attributes(struct scanner *s, struct element *element)
{
	for (scan_space(s); *s->at != '>' && *s->at != '/'; scan_space(s)) {
		size_t n = element->attributes++;

		must(n < ARRAY_SIZE(element->keys), "too many attributes");
		element->keys[n] = scan_name(s);
		scan_over(s, "='");
		element->values[n] = scan_until(s, "'");
		must(!strpbrk(element->values[n], "<>"), "%s", element->values[n]);
		for (size_t i = 0; i < n; i++)
			must(strcmp(element->keys[i], element->keys[n]), "%s twice", element->keys[n]);
	}
}

static inline struct element *scan_element(struct scanner *s, struct element *parent)
{
	struct element *element = arena_alloc(s->arena, sizeof(*element));

	scan_over(s, "<");
	element->name = scan_name(s);
	element->text = "";
	element->comment = s->comment;
	element->parent = parent;
	s->comment = NULL;
	if (parent && parent->last)
		parent->last->next = element;
	else if (parent)
		parent->first = element;
	if (parent)
		parent->last = element;
	scan_attributes(s, element);
	return element;
}

/* The root element of a whole document. */
static inline struct element *domain_read(struct arena *arena, const char *text)
{
	struct scanner s = { text, arena, NULL };
	struct element *top = NULL, *open = NULL;

	do {
		const char *start;

		scan_space(&s);
		if (scan_comment(&s))
			continue;
		if (open && !strncmp(s.at, "</", 2)) {
			scan_over(&s, "</");
			scan_over(&s, open->name);
			scan_over(&s, ">");
			open = open->parent;
			continue;
		}
		if (open && *s.at != '<') {
			start = s.at;
			s.at += strcspn(s.at, "<");
			open->text = arena_copy(arena, start, (size_t)(s.at - start));
			continue;
		}
		open = scan_element(&s, open);
		top = top ? top : open;
		if (*s.at == '/') {
			s.at++;
			open = open->parent;
		}
		scan_over(&s, ">");
	} while (open || !top);
	scan_space(&s);
	must(!*s.at, "after the end: %.60s", s.at);
	return top;
}

/* NULL: there is none. */
static inline const char *attribute(const struct element *element, const char *key)
{
	for (size_t i = 0; element && i < element->attributes; i++)
		if (!strcmp(element->keys[i], key))
			return element->values[i];
	return NULL;
}

static inline struct element *child(const struct element *element, const char *name)
{
	for (struct element *c = element ? element->first : NULL; c; c = c->next)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

/* The next sibling of the same name. */
static inline struct element *following(const struct element *element)
{
	for (struct element *c = element->next; c; c = c->next)
		if (!strcmp(c->name, element->name))
			return c;
	return NULL;
}

static inline unsigned long long number_of(const struct element *element, const char *key)
{
	const char *value = attribute(element, key);
	char *end;
	unsigned long long number;

	must(value && isdigit((unsigned char)*value), "%s of %s: %s", key,
		      element ? element->name : "nothing", value ? value : "nothing");
	number = strtoull(value, &end, 0);
	must(!*end, "%s", value);
	return number;
}

#define MAX_SEATS 1024

/* A seat in the guest's PCI tree: a controller or an assigned device. */
struct bus_seat {
	struct element *element;
	int index;          /* index of a controller; -1: a device */
	int parent;         /* index of the controller above it; -1: pcie-root */
	unsigned slot, function;
	int bus, secondary; /* by the rule of firmware and kernels; -1: not found by them */
	struct hgx_bdf source;
};

struct seats {
	struct bus_seat items[MAX_SEATS];
	size_t count;
};

static inline bool is_model(const struct bus_seat *seat, const char *model)
{
	return seat->index >= 0 && !strcmp(attribute(seat->element, "model"), model);
}

static inline struct hgx_bdf bdf_of(const struct element *address)
{
	return (struct hgx_bdf){ (uint32_t)number_of(address, "domain"),
				 (uint8_t)number_of(address, "bus"), (uint8_t)number_of(address, "slot"),
				 (uint8_t)number_of(address, "function") };
}

static inline void seats_read(struct seats *seats, const struct element *domain)
{
	seats->count = 0;
	for (struct element *e = child(domain, "devices")->first; e; e = e->next) {
		struct bus_seat *seat = &seats->items[seats->count];
		const struct element *address = child(e, "address");
		bool device = !strcmp(e->name, "hostdev");

		if (!device && (strcmp(e->name, "controller") || strcmp(attribute(e, "type"), "pci")))
			continue;
		must(++seats->count < MAX_SEATS, "too many devices");
		*seat = (struct bus_seat){ e, -1, -1, 0, 0, -1, -1, { 0, 0, 0, 0 } };
		if (!device)
			seat->index = (int)number_of(e, "index");
		if (device)
			seat->source = bdf_of(child(child(e, "source"), "address"));
		if (!address) {
			ck_assert_str_eq(attribute(e, "model"), "pcie-root");
			continue;
		}
		seat->parent = (int)number_of(address, "bus");
		seat->slot = (unsigned)number_of(address, "slot");
		seat->function = (unsigned)number_of(address, "function");
	}
}

static inline struct bus_seat *seat_at(struct seats *seats, int parent, unsigned slot, unsigned function)
{
	for (size_t i = 0; i < seats->count; i++)
		if (seats->items[i].parent == parent && seats->items[i].slot == slot &&
		    seats->items[i].function == function)
			return &seats->items[i];
	return NULL;
}

/* Firmware skips a slot without function 0. Each bridge gives the next number to the bus below
 * it, which is scanned right away. */
static inline void scan_bus(struct seats *seats, int controller, unsigned bus, unsigned *current)
{
	for (unsigned slot = 0; slot < 32; slot++) {
		if (!seat_at(seats, controller, slot, 0))
			continue;
		for (unsigned function = 0; function < 8; function++) {
			struct bus_seat *seat = seat_at(seats, controller, slot, function);

			if (!seat)
				continue;
			seat->bus = (int)bus;
			if (seat->index < 0 || is_model(seat, "pcie-expander-bus"))
				continue;
			seat->secondary = (int)++*current;
			scan_bus(seats, seat->index, (unsigned)seat->secondary, current);
		}
	}
}

/* Numbers all buses. */
static inline void seats_number(struct seats *seats)
{
	for (size_t i = 0; i < seats->count; i++) {
		struct bus_seat *root = &seats->items[i];
		unsigned current = 0;

		if (is_model(root, "pcie-expander-bus"))
			current = (unsigned)number_of(child(root->element, "target"), "busNr");
		else if (!is_model(root, "pcie-root"))
			continue;
		root->secondary = (int)current;
		scan_bus(seats, root->index, current, &current);
	}
}

#endif
