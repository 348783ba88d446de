# Step-function selection models of metafor on published data sets. Usage: Rscript make_selmodel.R FOLDER
# delta of the first interval is 1. BFGS runs to reltol 1e-14.
options(digits = 17)
suppressMessages({library(metafor); library(metadat); library(jsonlite)})
args <- commandArgs(trailingOnly = TRUE); root <- args[1]
num <- function(x) as.numeric(x)
sets <- list(
  hackshaw1998 = with(dat.hackshaw1998, data.frame(yi = yi, vi = vi)),
  baskerville2012 = with(dat.baskerville2012, data.frame(yi = smd, vi = se^2)),
  curtis1998 = with(escalc(measure = "ROM", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = dat.curtis1998), data.frame(yi = as.numeric(yi), vi = as.numeric(vi))),
  bangertdrowns2004 = with(dat.bangertdrowns2004, data.frame(yi = yi, vi = vi)),
  raudenbush1985 = with(dat.raudenbush1985, data.frame(yi = as.numeric(yi), vi = as.numeric(vi))),
  bcg = with(escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg), data.frame(yi = as.numeric(yi), vi = as.numeric(vi))),
  li2007 = with(escalc(measure = "OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = dat.li2007), data.frame(yi = as.numeric(yi), vi = as.numeric(vi)))
)
one <- function(d, steps, alternative, method, delta = NULL) {
  f <- rma(yi, vi, data = d, method = method, control = list(threshold = 1e-12, maxiter = 10000))
  control <- list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-14)
  setTimeLimit(elapsed = 8, transient = TRUE); on.exit(setTimeLimit())
  s <- try(suppressWarnings(if (is.null(delta)) selmodel(f, type = "stepfun", steps = steps, alternative = alternative, control = control)
                            else selmodel(f, type = "stepfun", steps = steps, alternative = alternative, delta = delta, control = control)), silent = TRUE)
  if (inherits(s, "try-error")) return(list(error = trimws(as.character(s))))
  list(steps = steps, alternative = alternative, method = method, given = delta, b = num(s$beta), se = num(s$se), ci_lb = num(s$ci.lb), ci_ub = num(s$ci.ub), pval = num(s$pval),
       tau2 = num(s$tau2), se_tau2 = num(s$se.tau2), delta = num(s$delta), se_delta = num(s$se.delta), ll = num(s$fit.stats["ll", "ML"]), LRT = num(s$LRT), LRTdf = num(s$LRTdf), LRTp = num(s$LRTp), k = s$k)
}
directions <- list(hackshaw1998 = c('greater', 'two.sided'), baskerville2012 = c('greater', 'two.sided'), curtis1998 = 'greater', bangertdrowns2004 = c('greater', 'two.sided'), raudenbush1985 = 'greater', bcg = c('less', 'two.sided'), li2007 = 'less')
out <- list()
for (n in names(sets)) {
  d <- sets[[n]]; d <- d[complete.cases(d), ]
  res <- list(yi = num(d$yi), vi = num(d$vi), fits = list())
  for (alternative in directions[[n]]) for (steps in list(c(0.025), c(0.025, 0.5), c(0.005, 0.05))) for (method in c("ML", "FE")) {
    key <- paste(alternative, paste(steps, collapse = "_"), method, sep = "|")
    res$fits[[key]] <- one(d, steps, alternative, method)
  }
  res$fits[["given"]] <- one(d, c(0.01, 0.05, 0.5), "greater", "ML", c(1, 0.9, 0.6, 0.3))
  out[[n]] <- res
}
versions <- list(R = R.version.string, metafor = as.character(packageVersion("metafor")), metadat = as.character(packageVersion("metadat")))
write(toJSON(list(versions = versions, sets = out), digits = NA, auto_unbox = TRUE, na = "null", null = "null", pretty = TRUE), file.path(root, "selmodel.json"))
