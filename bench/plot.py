"""The plot of docs/performance.md: slowdown beside the published peer's, error beside R2T's."""
import matplotlib
import matplotlib.pyplot as plt

OURS, THEIRS, LINE = "#1f6f8b", "#c9c4b8", "#333333"


def bars(axis, names, pairs, labels):
    places = range(len(names))
    for shift, values, colour, label in zip((-0.2, 0.2), zip(*pairs), (OURS, THEIRS), labels):
        drawn = axis.bar([place + shift for place in places], values, 0.38, color=colour, label=label)
        axis.bar_label(drawn, fmt="%.2g", fontsize=8, padding=2)
    axis.set_xticks(places, names)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(0, -0.08), ncols=2)


def draw_slowdown(axis, rows):
    bars(axis, [row["question"] for row in rows], [(row["slowdown"], row["published"]) for row in rows],
         ("Weir", "user-bounded DP on DuckDB, published"))
    axis.axhline(1, color=LINE, linewidth=0.8)
    axis.set_title("Times the unprotected query", fontsize=11, loc="left")


def draw_error(axis, rows):
    bars(axis, [row["question"] for row in rows],
         [(100 * row["ours"]["mean"], 100 * row["published"]) for row in rows], ("Weir", "R2T, published"))
    axis.set_yscale("log")
    axis.set_title("Mean relative error in percent, epsilon 0.8", fontsize=11, loc="left")


def draw(results, path):
    panels = [(draw_slowdown, results.get("slowdown-sf1", {}).get("rows", [])),
              (draw_error, results.get("error", {}).get("rows", []))]
    panels = [(panel, [row for row in rows if "failed" not in row]) for panel, rows in panels]
    panels = [(panel, rows) for panel, rows in panels if rows]
    if not panels:
        return
    matplotlib.rcParams["svg.hashsalt"] = "weir"
    figure, axes = plt.subplots(1, len(panels), figsize=(5.5 * len(panels), 3.6), squeeze=False)
    for axis, (panel, rows) in zip(axes[0], panels):
        panel(axis, rows)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
