"""OpenDP with Polars: Gaussian noise, contributions truncated to the true maximum, the table in memory."""
import math

import opendp.prelude as dp
import polars

from task import serve


def prepare(task):
    dp.enable_features("contrib")
    unit, group, value = (polars.col(task[name]) for name in ("unit", "group", "value"))
    frame = polars.read_parquet(task["file"], columns=[task["unit"], task["group"], task["value"]])
    frame = frame.with_columns(value.cast(polars.Int64) if frame.schema[task["value"]].is_integer()
                               else value.cast(polars.Float64))
    # rho + 2 sqrt(rho ln(1/delta)) = epsilon
    odds = -math.log(task["delta"])
    rho = (math.sqrt(odds + task["epsilon"]) - math.sqrt(odds)) ** 2
    margin = dp.polars.Margin(by=[task["group"]], max_length=task["rows"], max_groups=1000)
    is_float = frame.schema[task["value"]].is_float()
    bounds = (float(task["low"]), float(task["high"])) if is_float else (task["low"], task["high"])

    def answer():
        context = dp.Context.compositor(
            data=frame.lazy(), privacy_unit=dp.unit_of(contributions=1, identifier=unit),
            privacy_loss=dp.loss_of(rho=rho, delta=task["delta"]), split_evenly_over=1, margins=[margin])
        # Rows of a unit in all groups together: its truncate_num_groups(k) of this version keeps k - 1 groups.
        query = context.query().truncate_per_group(task["unit_rows"])
        filled = value.fill_nan(0.0).fill_null(0.0) if is_float else value.fill_null(0)
        query = query.group_by(group).agg(dp.len(), filled.dp.sum(bounds))
        if task["groups"] is not None:
            query = query.with_keys(polars.LazyFrame({task["group"]: task["groups"]},
                                                     schema={task["group"]: frame.schema[task["group"]]}))
        return {key: numbers for key, *numbers in query.release().collect().rows()}
    return answer


serve(prepare)
