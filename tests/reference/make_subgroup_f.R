# F test between subgroups: the meta-regression on the subgroup, by metafor.
# Usage: Rscript make_subgroup_f.R   (writes subgroup_f.json beside itself; needs metafor and jsonlite)
suppressMessages({library(metafor); library(jsonlite)})
control <- list(threshold = 1e-12, maxiter = 10000, tol = 1e-12)
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
sets <- list(
  bcg = list(yi = c(bcg$yi), vi = c(bcg$vi), group = bcg$alloc),
  pairs = list(yi = c(.50, .51, .30, .31), vi = rep(.09, 4), group = c("a", "a", "b", "b")),
  threes = list(yi = c(.1, .4, .8, -.2, .3, 1.1), vi = c(.05, .08, .02, .1, .07, .04), group = c("a", "a", "b", "b", "c", "c")),
  single = list(yi = c(.1, .4, .8, -.2, .3, 1.1), vi = c(.05, .08, .02, .1, .07, .04), group = c("b", "b", "a", "b", "b", "b")))
rows <- list()
for (name in names(sets)) for (method in c("REML", "DL", "PM", "EE")) for (test in c("knha", "adhoc", "t")) {
  s <- sets[[name]]
  r <- suppressWarnings(rma(s$yi, s$vi, mods = ~ factor(s$group), method = method, test = test, control = control))
  rows[[length(rows) + 1]] <- list(set = name, tau2 = method, test = test, F = r$QM, df = r$QMdf, p = r$QMp)
}
out <- list(versions = list(R = R.version.string, metafor = as.character(packageVersion("metafor"))), sets = sets, results = rows)
writeLines(toJSON(out, auto_unbox = TRUE, digits = NA, pretty = TRUE), "subgroup_f.json")
