/*
 * own_options: the table of our own options. A row parses the option and its variable and is a line
 * of --help; pure.
 */
#ifndef OWN_OPTIONS_H
#define OWN_OPTIONS_H

#include "options.h"

struct own_option;

/* The row of --name, or NULL; name need not end in NUL. */
const struct own_option *own_option_by_name(const char *name, size_t len);

/* Whether the option needs a value; one that does not is a boolean or has "true" for its default.
 */
bool own_option_needs_value(const struct own_option *option);

/*
 * Takes up a value given on the command line (NULL: none was given) in o. False: it is not one, and
 * err says so in one line. What is taken here is not looked for in the environment later.
 */
bool own_option_take(
	struct options *o, const struct own_option *option, const char *value, struct strbuf *err);

/* Takes up the DBRC_ variables of the options that were not given. False: as above. */
bool own_options_from_env(struct options *o, const struct lookup *env, struct strbuf *err);

/* For lists of all of them: the option of a number, which is less than theirs; false: there is
 * none. */
struct own_option_text {
	const char *name, *value; /* value: what it is called; NULL: it needs none */
	const char *help;
};
bool own_option_at(size_t i, struct own_option_text *text);
size_t own_options_number(void);

/* Adds the lines of --help. */
void own_options_help(struct strbuf *out);

#endif
