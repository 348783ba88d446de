# Reference results of metafor's rma.mh: tests with the odds ratio, and corrections before pooling.
# Usage: Rscript make_counts_mh.R FOLDER_WITH_pairwise_JSON OUTPUT.json
suppressMessages({library(metafor); library(jsonlite)})
args <- commandArgs(trailingOnly = TRUE)
out <- list(versions = list(R = R.version.string, metafor = as.character(packageVersion("metafor"))))
mh <- function(d, ...) suppressWarnings(rma.mh(ai = d$ai, n1i = d$n1i, ci = d$ci, n2i = d$n2i, ...))
for (name in c("bcg", "nielweise2007", "hine1989", "collins1985b_pre", "li2007")) {
  d <- fromJSON(file.path(args[1], paste0("pairwise_", name, ".json")))$data
  f <- mh(d, measure = "OR"); g <- mh(d, measure = "OR", correct = FALSE)
  res <- list(cmh_corrected = f$MH, cmh_corrected_p = f$MHp, cmh = g$MH, cmh_p = g$MHp, tarone = f$TA, tarone_p = f$TAp,
              breslow_day = f$BD, breslow_day_p = f$BDp, k = f$k)
  for (measure in c("OR", "RR", "RD")) for (to in c("only0", "if0all", "all")) for (drop in c(FALSE, TRUE)) {
    h <- mh(d, measure = measure, add = c(.5, .5), to = c("only0", to), drop00 = c(TRUE, drop))
    res$corrected[[paste(measure, to, if (drop) "drop" else "keep", sep = ".")]] <-
      list(b = as.numeric(h$beta), se = as.numeric(h$se), Q = as.numeric(h$QE), k = h$k)
  }
  out[[name]] <- res
}
write(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), args[2])
