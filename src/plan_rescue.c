#include "plan_rescue.h"

void
plan_rescue(struct plan *plan)
{
	plan_init(plan);
}
