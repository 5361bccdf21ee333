/*
 * completion: what makes a shell complete our options and docker's, from their tables; pure.
 */
#ifndef COMPLETION_H
#define COMPLETION_H

#include "strbuf.h"

/* Adds the script for "bash", "zsh" or "fish". */
void completion_script(const char *shell, struct strbuf *out);

#endif
