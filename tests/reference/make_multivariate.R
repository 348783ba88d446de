# Multivariate, multilevel and robust models of metafor on published data sets. Usage: Rscript make_multivariate.R FOLDER
# nlminb runs to rel.tol 1e-12 and step tolerance 1e-10; where it then reports no convergence, to its defaults.
options(digits = 17)
suppressMessages({library(metafor); library(metadat); library(jsonlite)})
root <- commandArgs(trailingOnly = TRUE)[1]
num <- function(x) as.numeric(x)
fit <- function(arguments) {
  tight <- c(arguments, list(control = list(rel.tol = 1e-12, x.tol = 1e-10)))
  found <- try(suppressWarnings(do.call(rma.mv, tight)), silent = TRUE)
  if (inherits(found, "try-error")) suppressWarnings(do.call(rma.mv, arguments)) else found
}
told <- function(r) list(b = num(r$b), se = num(r$se), sigma2 = num(r$sigma2), tau2 = num(r$tau2), rho = num(r$rho),
                         ll = num(logLik(r)), QE = num(r$QE), k = r$k)
joint <- function(d, V) {
  out <- list()
  for (m in c("REML", "ML")) for (s in c("UN", "CS", "DIAG"))
    out[[paste(m, s, sep = "|")]] <- told(fit(list(num(d$yi), V, mods = ~ outcome - 1, random = ~ outcome | trial, struct = s, data = d, method = m)))
  out
}
b <- dat.berkey1998
Vb <- bldiag(lapply(split(b[, c("v1i", "v2i")], b$trial), as.matrix))
k <- dat.kalaian1996; k <- k[order(k$study), ]
Vk <- bldiag(lapply(split(k, k$study), function(x) { v <- diag(x$vi, nrow(x)); if (nrow(x) == 2) v[1, 2] <- v[2, 1] <- 0.66 * sqrt(prod(x$vi)); v }))
k$trial <- k$study
e <- escalc(measure = "OR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
l <- to.long(measure = "OR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
l <- escalc(measure = "PLO", xi = out1, mi = out2, data = l)
l$outcome <- l$group; l$trial <- as.numeric(l$study)
Vl <- diag(num(l$vi))
levels_of <- function(d, random, cluster, mods = ~ 1, V = d$vi) {
  out <- list()
  for (m in c("REML", "ML")) {
    r <- fit(list(num(d$yi), V, mods = mods, random = random, data = d, method = m))
    plain <- robust(r, cluster = d[[cluster]], adjust = FALSE); adjusted <- robust(r, cluster = d[[cluster]])
    out[[m]] <- c(told(r), list(cr0 = num(plain$se), cr1 = num(adjusted$se), df = num(adjusted$dfs)))
  }
  out
}
ko <- dat.konstantopoulos2011; as <- dat.assink2016; bo <- dat.bornmann2007
bo <- escalc(measure = "OR", ai = waward, n1i = wtotal, ci = maward, n2i = mtotal, data = bo)
Vrho <- vcalc(vi, cluster = study, obs = esid, data = as, rho = 0.6)
out <- list(
  versions = list(R = R.version.string, metafor = as.character(packageVersion("metafor")), metadat = as.character(packageVersion("metadat"))),
  joint = list(
    berkey1998 = list(trial = b$trial, outcome = b$outcome, order = levels(factor(b$outcome)), yi = num(b$yi), vi = num(b$vi), V = Vb, fits = joint(b, Vb)),
    kalaian1996 = list(trial = k$trial, outcome = k$outcome, order = levels(factor(k$outcome)), yi = num(k$yi), vi = num(k$vi), V = Vk, fits = joint(k, Vk)),
    bcg_arms = list(trial = l$trial, outcome = as.character(l$outcome), order = levels(factor(l$outcome)), yi = num(l$yi), vi = num(l$vi), V = Vl, fits = joint(l, Vl))),
  levels = list(
    konstantopoulos2011 = list(outer = ko$district, year = ko$year, yi = num(ko$yi), vi = num(ko$vi), fits = levels_of(ko, ~ 1 | district/school, "district"),
                               moderated = levels_of(ko, ~ 1 | district/school, "district", ~ year)),
    bornmann2007 = list(outer = bo$study, type = bo$type, yi = num(bo$yi), vi = num(bo$vi), fits = levels_of(bo, ~ 1 | study/obs, "study"),
                        moderated = levels_of(bo, ~ 1 | study/obs, "study", ~ type)),
    assink2016 = list(outer = as$study, yi = num(as$yi), vi = num(as$vi), fits = levels_of(as, ~ 1 | study/esid, "study"),
                      correlated = levels_of(as, ~ 1 | study/esid, "study", V = Vrho))))
write(toJSON(out, digits = NA, auto_unbox = TRUE, na = "null", null = "null", pretty = FALSE), file.path(root, "multivariate.json"))
