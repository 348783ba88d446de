"""Tables of every shape, with the names of columns that programs and people use, and what must be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

import tmsmeta as tm
from tmsmeta.errors import EvidenceError, InvalidInputError


@pytest.fixture
def read(tmp_path: Path):  # type: ignore[no-untyped-def]
    def reader(text: str, **options: object) -> tm.DataTable:
        path = tmp_path / "mine.csv"
        path.write_text(text, encoding="utf-8")
        return tm.read_table(path, **options)  # type: ignore[arg-type]

    return reader


COUNTS = [[11, 35, 2, 33], [7, 35, 1, 33]]


@pytest.mark.parametrize(
    "header",
    [
        "study,events_t,n_t,events_c,n_c",
        "Study,Events_T,N_T,Events_C,N_C",
        "study,ai,n1i,ci,n2i",
        "studlab,event.e,n.e,event.c,n.c",
        "Study,Experimental Events,Experimental Total,Control Events,Control Total",
        "Study,Events (Experimental),Total (Experimental),Events (Control),Total (Control)",
        "Study,Experimental cases,Experimental N,Control cases,Control N",
        "study,event_arm1,totaln_arm1,event_arm2,totaln_arm2",
        "Author,Number of events (treatment group),Sample size (treatment group),Number of events (control group),"
        "Sample size (control group)",
        "Studie,Ereignisse Behandlung,Gesamt Behandlung,Ereignisse Kontrolle,Gesamt Kontrolle",
        "trial,ev.exp,n.exp,ev.cont,n.cont",
        "study,r1,n1,r0,n0",
        "study,d.asp,n.asp,d.plac,n.plac",
        "study,bleed.exp,n.exp,bleed.plac,n.plac",
        "study,tdeath,ttotal,cdeath,ctotal",
        "study,xt,nt,xc,nc",
        "trial,responders_rTMS,total_rTMS,responders_sham,total_sham",
        "study,evt_trt,tot_trt,evt_ctrl,tot_ctrl",
    ],
)
def test_two_arms_per_row(read, header: str) -> None:  # type: ignore[no-untyped-def]
    table = read(f"{header}\nA,11,35,2,33\nB,7,35,1,33\n")
    assert table.shape == "two arms"
    assert table.frame[["events_t", "n_t", "events_c", "n_c"]].values.tolist() == COUNTS
    assert table.frame["study"].tolist() == ["A", "B"]
    assert list(table.frame.index) == [2, 3]


@pytest.mark.parametrize(
    "header",
    ["study,ai,bi,ci,di", "study,tpos,tneg,cpos,cneg", "study,tdeath,tnodeath,cdeath,cnodeath",
     "Study,Events T,No events T,Events C,No events C", "study,tcases,tnoncases,ccases,cnoncases",
     "study,icases,inocases,ccases,cnocases", "study,eresp,enonresp,cresp,cnonresp", "study,tdied,tsurv,cdied,csurv",
     "study,event_i,nonevent_i,event_c,nonevent_c", "study,e_pos,e_neg,c_pos,c_neg"],
)  # fmt: skip
def test_events_and_non_events_give_n(read, header: str) -> None:  # type: ignore[no-untyped-def]
    table = read(f"{header}\nA,11,24,2,31\nB,7,28,1,32\n")
    assert table.frame[["events_t", "n_t", "events_c", "n_c"]].values.tolist() == COUNTS
    assert "n_t = `" in table.said


def test_a_percentage_gives_events_where_one_count_prints_it(read) -> None:  # type: ignore[no-untyped-def]
    table = read("study,percent_t,n_t,percent_c,n_c\nA,31.4,35,6.1,33\nB,20,35,3.0,33\n")
    assert table.frame[["events_t", "n_t", "events_c", "n_c"]].values.tolist() == COUNTS
    with pytest.raises(EvidenceError, match=r"row 2, `percent_t`: must tell the events exactly, but 153, 154, 155"):
        read("study,percent_t,n_t,percent_c,n_c\nA,31,500,6.1,33\n")
    with pytest.raises(EvidenceError, match="no count prints it among 35"):
        read("study,percent_t,n_t,percent_c,n_c\nA,30.1,35,6.1,33\n")


def test_points_between_thousands_are_told_from_decimal_points(read) -> None:  # type: ignore[no-untyped-def]
    header = "study;events_t;n_t;events_c;n_c"
    with pytest.raises(EvidenceError, match=r"row 2, `n_t`: looks like 1035 with a point between thousands.*'1\.035'"):
        read(f"{header}\nA;11;1.035;20;1.033\nB;7;935;12;933\n")
    with pytest.raises(EvidenceError, match="write whole numbers without points"):
        read(f"{header}\nA;11;1.035;20;1.033\nB;7;1.935;12;1.933\n")
    assert read(f"{header}\nA;11.000;35.000;20.000;33.000\n").frame["n_t"].tolist() == [35]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("study,events_t,n_t (patients),events_c,n_c [patients]\nA,11,35,2,33\n", "events_t n_t events_c n_c"),
        ("study,events_t,n_t,events_c,n_c\nA,'11,'35,'2,'33\n", "events_t n_t events_c n_c"),
        ("study,exposed_cases,exposed_n,unexposed_cases,unexposed_n\nA,11,35,2,33\n", "events_t n_t events_c n_c"),
        ("study,Drug n/N,Placebo n/N\nA,11/35,2/33\n", "events_t n_t events_c n_c"),
        ("study,treatment,events,n\nA,drug,11,35\n,placebo,2,33\n", "events n"),
    ],
)
def test_units_apostrophes_and_merged_cells_are_no_obstacle(read, text: str, columns: str) -> None:  # type: ignore[no-untyped-def]
    assert read(text).frame[columns.split()].to_numpy().ravel().tolist() == [11, 35, 2, 33]


def test_cells_with_an_interval_in_german_are_taken_apart(read) -> None:  # type: ignore[no-untyped-def]
    table = read("Studie;OR (95%-KI)\nA;0,72 (0,55 bis 0,94)\nB;0,85 (0,66 bis 1,10)\n")
    assert table.frame[["ratio", "ci_low", "ci_high"]].to_numpy().tolist() == [[0.72, 0.55, 0.94], [0.85, 0.66, 1.1]]
    single = read("Study,Events/N\nA,12/80\nB,30/150\n")
    assert single.frame[["events", "n"]].to_numpy().tolist() == [[12, 80], [30, 150]]


@pytest.mark.parametrize("header", ["events_t,n_t,events_c,n_c", "percent_t,n_t,percent_c,n_c"])
def test_counts_beyond_64_bits_are_faults(read, header: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(
        EvidenceError, match=r"row 2, `n_t`: must be a whole number of people or events, at most 1e\+09"
    ):
        read(f"study,{header}\nA,10,100000000000000000000,20,10\n")


def test_medians_are_refused_in_words(read) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(EvidenceError, match="is called a median or its quartiles"):
        read("study,median_t,iqr_t,n_t,median_c,iqr_c,n_c\nA,11,3,35,2,3,33\n")


def test_decimals_of_a_percentage_are_those_of_its_column(read) -> None:  # type: ignore[no-untyped-def]
    """Programs drop zeros at the end: 30 beside 31.4 is 30.0, which 150 of 500 print, and not 148 to 152."""
    table = read("study,percent_t,n_t,percent_c,n_c\nA,31.4,35,6.1,33\nB,30,500,3.2,500\n")
    assert table.frame["events_t"].tolist() == [11, 150]
    assert "`percent_t` taken to have 1 decimal throughout" in table.said
    assert "`percent_c` taken to have" not in table.said
    with pytest.raises(EvidenceError, match="but 148, 149, 150 and 151 all print it"):
        read("study,percent_t,n_t,percent_c,n_c\nA,20.0,35,6.1,33\nB,30,500,3.2,500\n")  # zeros were kept
    with pytest.raises(EvidenceError, match=r"row 2, `percent_t`: must be a plain number from 0 to 100\. Got '1e1'"):
        read("study,percent_t,n_t,percent_c,n_c\nA,1e1,50,6.1,33\n")
    wide = read("study,t1,pct1,n1,t2,pct2,n2\nA,drug,31.4,35,placebo,6.1,33\nB,drug,20,35,placebo,3,33\n")
    assert wide.frame["events"].tolist() == [11, 2, 7, 1]


@pytest.mark.parametrize(
    "header",
    [
        "study,treatment,events,n",
        "Study,T,R,N",
        "study,treatment,responders,sampleSize",
        "id,t,r,n",
        "studyn,trtc,r,n",
        "Trial,Arm,No. of events,Total",
        "study,treatment,exac,total",
    ],
)
def test_one_row_per_arm(read, header: str) -> None:  # type: ignore[no-untyped-def]
    table = read(f"{header}\nA,drug,11,35\nA,placebo,2,33\nB,drug,7,35\nB,placebo,1,33\n")
    assert table.shape == "arms"
    assert table.treatments == ("drug", "placebo")
    paired = table.against()
    assert (paired.comparator, paired.treated) == ("placebo", "drug")
    assert paired.frame[["events_t", "n_t", "events_c", "n_c"]].values.tolist() == COUNTS


@pytest.mark.parametrize(
    "header",
    [
        "study,t1,r1,n1,t2,r2,n2,t3,r3,n3",
        "Study,T.1,R.1,N.1,T.2,R.2,N.2,T.3,R.3,N.3",
        "studlab,treat1,event1,n1,treat2,event2,n2,treat3,event3,n3",
        "study,treatment1,resp1,n1,treatment2,resp2,n2,treatment3,resp3,n3",
    ],
)
def test_numbered_arms(read, header: str) -> None:  # type: ignore[no-untyped-def]
    table = read(f"{header}\nA,x,9,140,y,23,141,z,10,138\nB,x,11,78,y,12,85,,NA,\n")
    assert table.shape == "arms"
    assert table.frame[["study", "treatment", "events", "n"]].values.tolist() == [
        ["A", "x", 9, 140], ["A", "y", 23, 141], ["A", "z", 10, 138], ["B", "x", 11, 78], ["B", "y", 12, 85],
    ]  # fmt: skip


def test_numbered_arms_without_a_column_for_studies_are_a_study_a_row(read) -> None:  # type: ignore[no-untyped-def]
    table = read("event1,n1,event2,n2,event3,n3,treat1,treat2,treat3\n9,140,23,140,10,138,A,C,D\n11,78,12,85,,,B,C,\n")
    assert table.frame["study"].tolist() == ["study 1"] * 3 + ["study 2"] * 2


def test_pairs_of_a_trial_with_three_arms_repeat_no_arm(read) -> None:  # type: ignore[no-untyped-def]
    header = "studlab,treat1,treat2,event1,n1,event2,n2\n"
    table = read(header + "A,x,y,9,140,23,141\nA,x,z,9,140,10,138\nA,y,z,23,141,10,138\nB,x,y,1,20,2,20\n")
    assert table.frame["treatment"].tolist() == ["x", "y", "z", "x", "y"]


@pytest.mark.parametrize(
    "header",
    [
        "study,mean_t,sd_t,n_t,mean_c,sd_c,n_c",
        "study,m1i,sd1i,n1i,m2i,sd2i,n2i",
        "studlab,mean.e,sd.e,n.e,mean.c,sd.c,n.c",
        "Study,Experimental Mean,Experimental SD,Experimental Total,Control Mean,Control SD,Control Total",
        "study,mean_arm1,sd_arm1,n_arm1,mean_arm2,sd_arm2,n_arm2",
        "study,Mean.1,SD.1,N.1,Mean.2,SD.2,N.2",
        "study,mean.psyc,sd.psyc,n.psyc,mean.cont,sd.cont,n.cont",
    ],
)
def test_means_of_two_arms(read, header: str) -> None:  # type: ignore[no-untyped-def]
    table = read(f"{header}\nA,5,4.7,13,6.5,3.8,13\nB,4.9,1.71,30,6.1,2.3,50\n")
    assert table.shape == "two means"
    assert table.frame.loc[3, ["mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c"]].tolist() == [
        4.9,
        1.71,
        30,
        6.1,
        2.3,
        50,
    ]


def test_standard_errors_and_variances_give_standard_deviations(read) -> None:  # type: ignore[no-untyped-def]
    table = read("study,mean_t,se_t,n_t,mean_c,se_c,n_c\nA,5,0.5,16,6,0.2,25\n")
    assert table.frame[["sd_t", "sd_c"]].values.tolist() == [[2.0, 1.0]]
    assert "sd_t = `se_t` times the square root of `n_t`" in table.said
    table = read("study,n.amlo,mean.amlo,var.amlo,n.plac,mean.plac,var.plac\nA,46,0.23,0.25,48,0,0.04\n")
    assert table.frame[["sd_t", "sd_c"]].values.tolist() == [[0.5, 0.2]]


def test_means_by_arm_are_one_group_against_a_comparator(read) -> None:  # type: ignore[no-untyped-def]
    """Two groups of 2 with means 1 and 3 and SD 0 are four people with mean 2 and variance 4/3."""
    table = read("study,treatment,mean,std.dev,sampleSize\nA,x,1,0,2\nA,y,3,0,2\nA,placebo,0,1.5,9\n")
    assert table.shape == "mean arms"
    row = table.against().frame.iloc[0]
    assert (row["mean_t"], row["n_t"], row["mean_c"], row["sd_c"]) == (2.0, 4, 0.0, 1.5)
    assert row["sd_t"] == pytest.approx((4 / 3) ** 0.5)


@pytest.mark.parametrize(
    ("header", "row", "estimate", "se"),
    [
        ("studlab,treat1,treat2,TE,seTE", "A,x,y,0.5,0.2", 0.5, 0.2),
        ("study,t1,t2,effect,se,rob,indirectness", "A,x,y,0.5,0.2,low,low", 0.5, 0.2),
        ("study,trt,ref,y,v", "A,x,y,0.5,0.04", 0.5, 0.2),
        ("study,treat1,treat2,HR,Lower 95% CI,Upper 95% CI", "A,x,y,2,1,4", 0.693147, 0.353653),
    ],
)
def test_comparisons(read, header: str, row: str, estimate: float, se: float) -> None:  # type: ignore[no-untyped-def]
    table = read(f"{header}\n{row}\n")
    assert table.shape == "contrasts"
    assert table.frame[["treat1", "treat2"]].values.tolist() == [["x", "y"]]
    assert table.frame[["estimate", "se"]].values.tolist() == [[pytest.approx(estimate), pytest.approx(se, rel=1e-5)]]


def test_differences_from_the_first_arm_are_comparisons(read) -> None:  # type: ignore[no-untyped-def]
    """The third comparison of a trial of three arms has the variance that the shared arm leaves."""
    table = read("study,treatment,diff,std.err\n1,A,,0.5\n1,B,-0.3,0.7\n1,C,0.2,0.6\n2,A,NA,\n2,B,0.4,0.3\n")
    assert table.frame[["treat1", "treat2", "estimate"]].values.tolist() == [
        ["B", "A", -0.3], ["C", "A", 0.2], ["B", "C", -0.5], ["B", "A", 0.4],
    ]  # fmt: skip
    assert table.frame["se"].tolist() == pytest.approx([0.7, 0.6, (0.49 + 0.36 - 0.5) ** 0.5, 0.3])


@pytest.mark.parametrize(
    ("header", "row", "measure", "estimate", "se"),
    [
        ("study,yi,vi", "A,0.5,0.04", None, 0.5, 0.2),
        ("study,yi,sei", "A,0.5,0.2", None, 0.5, 0.2),
        ("study,TE,seTE", "A,0.5,0.2", None, 0.5, 0.2),
        ("study,logor,selogor", "A,0.5,0.2", "OR", 0.5, 0.2),
        ("trial,logrr,se", "A,0.5,0.2", "RR", 0.5, 0.2),
        ("study,lnHR,SE(lnHR)", "A,0.5,0.2", "HR", 0.5, 0.2),
        ("study,_ES,_seES", "A,0.5,0.2", None, 0.5, 0.2),
        ("Study Label,Effect Size,Standard Error", "A,0.5,0.2", None, 0.5, 0.2),
        ("study,Hedges g,SE", "A,0.5,0.2", "SMD", 0.5, 0.2),
        ("study,MD,Lower 90% CI,Upper 90% CI", "A,0.5,0.171029,0.828971", "MD", 0.5, 0.2000002),
        ("study,O-E,Variance", "A,2,4", "PETO", 0.5, 0.5),
    ],
)
def test_estimates(
    read,
    header: str,
    row: str,
    measure: str | None,
    estimate: float,
    se: float,  # type: ignore[no-untyped-def]
) -> None:
    table = read(f"{header}\n{row}\n")
    assert (table.shape, table.measure) == ("estimate", measure)
    assert table.frame[["estimate", "se"]].values.tolist() == [[pytest.approx(estimate), pytest.approx(se)]]


@pytest.mark.parametrize(
    ("header", "measure"),
    [
        ("study,ratio,ci_low,ci_high", None),
        ("Study,Odds Ratio,Lower 95% CI,Upper 95% CI", "OR"),
        ("author,HR,LCL,UCL", "HR"),
        ("study,RR,ll,ul", "RR"),
        ("study,effect,lower,upper", None),
        ("Study,Risk ratio,CI start,CI end", "RR"),
    ],
)
def test_ratios_with_their_intervals(read, header: str, measure: str | None) -> None:  # type: ignore[no-untyped-def]
    table = read(f"{header}\nA,2.82,1.57,5.09\nB,1.40,0.70,2.80\nC,1.95,1.10,3.46\n")
    assert (table.shape, table.measure, table.log) == ("ratio", measure, False)
    assert table.frame.loc[2, ["ratio", "ci_low", "ci_high"]].tolist() == [2.82, 1.57, 5.09]


@pytest.mark.parametrize(
    ("text", "shape", "numbers"),
    [
        ("Study,Treatment,Control\nA,11/35,2/33\n", "two arms", [11, 35, 2, 33]),
        ("Study,Treatment (n/N),Placebo (n/N)\nA,11/35 (31%),2/33 (6%)\n", "two arms", [11, 35, 2, 33]),
        ("Study,OR (95% CI)\nA,2.82 (1.57 to 5.09)\nB,1.40 (0.70-2.80)\n", "ratio", [2.82, 1.57, 5.09]),
        ("Study,HR,90% CI\nA,2.82,1.57-5.09\nB,1.40,0.70 to 2.80\n", "ratio", [2.82, 1.57, 5.09]),
        (
            "Study,Mean (SD) treatment,n treatment,Mean (SD) control,n control\nA,5.0 (4.7),13,6.5 (3.8),14\n",
            "two means", [5.0, 4.7, 13, 6.5, 3.8, 14],
        ),
    ],
)  # fmt: skip
def test_cells_with_several_numbers_are_taken_apart(  # type: ignore[no-untyped-def]
    read, text: str, shape: str, numbers: list[float]
) -> None:
    table = read(text)
    assert table.shape == shape
    assert table.frame.iloc[0][list(table.columns[1:])].tolist() == numbers
    assert "taken apart into" in table.said
    assert table.level == (0.9 if "90%" in text else 0.95)


def test_a_fourfold_table_and_events_in_percent(read) -> None:  # type: ignore[no-untyped-def]
    table = read("study,a,b,c,d\nA,11,24,2,31\n")
    assert table.frame[["events_t", "n_t", "events_c", "n_c"]].values.tolist() == [[11, 35, 2, 33]]
    table = read("study,treatment,events,n\nA,x,31.4%,35\nA,placebo,6.1%,33\n")
    assert table.frame["events"].tolist() == [11, 2]


def test_the_level_of_an_interval_is_read_off_the_header(read) -> None:  # type: ignore[no-untyped-def]
    assert read("study,OR,Lower 90% CI,Upper 90% CI\nA,2,1,4\n").level == 0.90
    assert read("study,OR,lower,upper\nA,2,1,4\n", level=0.99).level == 0.99


def test_single_groups_and_rates(read) -> None:  # type: ignore[no-untyped-def]
    assert read("study,cases,total\nA,3,40\nB,5,50\n").shape == "proportions"
    assert read("study,xi,ti\nA,3,40.5\nB,5,50\n").shape == "rates"
    assert read("study,x1i,t1i,x2i,t2i\nA,3,40.5,5,50\n").shape == "two rates"
    arms = read("study,treatment,events,exposure\nA,x,3,40.5\nA,placebo,5,50\n")
    assert arms.shape == "rate arms"
    assert arms.against().frame[["events_t", "time_t", "events_c", "time_c"]].values.tolist() == [[3, 40.5, 5, 50.0]]


def test_the_measure_decides_between_n_and_time(read) -> None:  # type: ignore[no-untyped-def]
    text = "study,x1i,n1i,t1i,x2i,n2i,t2i\nA,3,10,40.5,5,12,50\n"
    table = read(text)
    assert table.shape == "two arms"
    assert "it can also be read as rates of two arms per row (shape='two rates')" in table.said
    assert read(text, measure="IRR").shape == "two rates"
    assert read(text, shape="two rates").shape == "two rates"


def test_what_was_taken_is_said_and_the_rest_kept(read) -> None:  # type: ignore[no-untyped-def]
    table = read("trial,year,ai,n1i,ci,n2i,alloc\nA,2001,11,35,2,33,random\nB,,7,35,1,33,NA\n")
    assert table.said == (
        "read as two arms per row: events_t = `ai`, n_t = `n1i`, events_c = `ci`, n_c = `n2i`, study = `trial`; "
        "other columns kept: year, alloc"
    )
    assert table.mapping["n_t"] == "n1i"
    assert table.kept == ("year", "alloc")
    assert table.frame["year"].isna().tolist() == [False, True]
    assert table.frame["alloc"].tolist() == ["random", ""]


def test_columns_decide_and_are_checked(read) -> None:  # type: ignore[no-untyped-def]
    text = "study,good,people,well,others\nA,11,35,2,33\n"
    given = {"events_t": "good", "n_t": "people", "events_c": "well", "n_c": "others"}
    assert read(text, columns=given).frame.loc[2, "events_c"] == 2
    with pytest.raises(EvidenceError, match=r"`columns`: is not a column of mine.csv. Is 'people' meant\?"):
        read(text, columns={"n_t": "peopel"})
    with pytest.raises(EvidenceError, match=r"`columns`: is no role of a column. Is 'events_t' meant\?"):
        read(text, columns={"event_t": "good"})


def test_studies_are_named_by_author_and_year_where_authors_repeat(read) -> None:  # type: ignore[no-untyped-def]
    header = "trial,author,year,tpos,tneg,cpos,cneg\n"
    table = read(header + "1,Comstock,1974,1,9,2,8\n2,Comstock,1976,3,7,4,6\n3,Hart,1977,3,7,4,6\n")
    assert table.frame["study"].tolist() == ["Comstock 1974", "Comstock 1976", "Hart 1977"]


def test_studies_without_a_column_are_numbered(read) -> None:  # type: ignore[no-untyped-def]
    table = read("yi,vi\n0.5,0.04\n0.2,0.02\n")
    assert table.frame["study"].tolist() == ["study 1", "study 2"]
    assert read("Paper of,yi,vi\nA,0.5,0.04\nB,0.2,0.02\n").frame["study"].tolist() == ["A", "B"]


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("study,event,n,total,treatment\nA,1,10,20,x\nA,2,11,21,y\n", {}, "`n`: can be `n` or `total`"),
        (
            "study,response_t,remission_t,n_t,response_c,remission_c,n_c\nA,11,7,35,2,1,33\nB,9,3,35,1,0,31\n", {},
            "`response_t` or `remission_t`.*, which may be another outcome",
        ),
        (
            "study,treatment,response,remission,n\nA,x,11,7,35\nA,placebo,2,1,33\n", {},
            "`response` or `remission`, which may be another outcome",
        ),
        (
            "study,treatment_t,treatment_c,events_t,n_t,events_c,n_c\nA,x,sham,11,35,2,33\nB,sham,x,2,33,11,35\n", {},
            "row 3, `treatment_t`: is named as a comparator, but stands as the treated arm",
        ),
        ("study,treatment,PASI50,PASI75,n\nA,x,9,4,10\nA,y,5,2,9\n", {}, "`events`: can be `PASI50` or `PASI75`"),
        (
            "study,events_t,n_t,events_c,n_c,mean_t,sd_t,mean_c,sd_c\nA,1,10,2,10,5,1,6,1\n", {},
            "can be read as two arms per row .* or as means of two arms per row",
        ),
        (
            "study,events_t,n_t,events_c,n_c,OR,lower,upper\nA,10,100,20,100,0.44,0.2,1\nB,5,50,9,50,1.98,0.6,6\n", {},
            "can be read as two arms per row .* or as estimates",
        ),
        ("study,effect,lower,upper\nA,1.02,0.98,1.06\nB,1.01,0.95,1.07\n", {}, "can be ratios or logs"),
        ("study,OR,lower,upper\nA,-0.5,-1,0\nB,0.2,-0.1,0.5\n", {}, "is called ratios, but .* these are logs"),
        ("study,logOR,lower,upper\nA,2.82,1.57,5.09\nB,1.4,0.7,2.8\n", {}, "is called logs, but .* these are ratios"),
        ("study,OR,se\nA,1.5,0.2\n", {}, "must be of the log ratio"),
        ("study,Events,Total,Events.1,Total.1\nA,1,10,2,10\n", {}, "but `Events.1` and `Total.1` may belong to arms"),
        ("treatment,events,n\nx,1,10\nplacebo,2,10\n", {}, "but `treatment` may belong to arms"),
        ("study,h.caf,n.caf,h.decaf,n.decaf\nA,2,31,10,34\n", {}, "n_c=n.decaf,events_c=...' if 'decaf' is the"),
    ],
)  # fmt: skip
def test_what_can_be_read_in_two_ways_is_asked(  # type: ignore[no-untyped-def]
    read, text: str, options: dict[str, str], words: str
) -> None:
    with pytest.raises(InvalidInputError, match=words):
        read(text, **options)


def test_counts_and_ratios_that_agree_are_read_as_counts(read) -> None:  # type: ignore[no-untyped-def]
    table = read(
        "study,events_t,n_t,events_c,n_c,OR,lower,upper\nA,10,100,20,100,0.44,0.2,0.99\nB,5,50,9,50,0.51,0.16,1.63\n"
    )
    assert table.shape == "two arms"
    assert "`OR` says the same" in table.said


def test_only_the_shape_that_fits_best_is_asked_for(read) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(EvidenceError) as caught:
        read("study,event.e,n.e,event.c,other\nA,1,10,2,text\n")
    (issue,) = caught.value.issues
    assert issue.column == "n_c"
    assert "to be read as two arms per row the table still needs n_c" in issue.message
    assert "Columns at hand: study, event.e, n.e, event.c, other" in issue.message
    with pytest.raises(EvidenceError, match="holds correlations, it seems"):
        read("study,r,n\nA,0.5,40\nB,0.3,50\n")
    with pytest.raises(EvidenceError, match="names no table of studies that is known"):
        read("colour,weight\nred,5\ngreen,7\n")


def test_blank_cells_are_refused_or_left_out(read) -> None:  # type: ignore[no-untyped-def]
    text = "study,events_t,n_t,events_c,n_c\nA,1,10,2,10\nB,NA,10,,10\nC,3,10,4,10\n"
    with pytest.raises(EvidenceError) as caught:
        read(text)
    assert [(i.row, i.column) for i in caught.value.issues] == [(3, "events_t"), (3, "events_c")]
    table = read(text, missing="drop")
    assert table.frame["study"].tolist() == ["A", "C"]
    assert table.left_out.values.tolist() == [[3, "B", "`events_t` and `events_c` are missing"]]


def test_totals_are_left_out_unless_kept(read) -> None:  # type: ignore[no-untyped-def]
    text = "study,events_t,n_t,events_c,n_c\nA,11,35,2,33\nB,7,35,1,33\nTotal,18,70,3,66\n"
    table = read(text)
    assert table.frame["study"].tolist() == ["A", "B"]
    assert table.left_out["row"].tolist() == [4]
    assert read(text, totals="keep").frame["study"].tolist() == ["A", "B", "Total"]


def test_a_study_twice_says_what_can_be_done(read) -> None:  # type: ignore[no-untyped-def]
    header = "study,events_t,n_t,events_c,n_c"
    table = read(f"{header}\nA,1,10,2,10\nA,2,10,2,10\n")
    assert table.frame["study"].tolist() == ["A", "A"]
    assert "row 3, `study`: stands in several rows (A)" in str(table.warnings[0])
    assert "give each arm of a study a row of its own" in str(table.warnings[0])
    assert table.notes == ("Rows with the label of another row were taken as studies of their own: A.",)
    with pytest.raises(EvidenceError, match="`outcome` tells these rows apart"):
        read(f"{header},outcome\nA,1,10,2,10,x\nA,2,10,2,10,y\nB,1,10,2,10,x\nB,2,10,2,10,y\n")


def test_a_column_that_is_no_outcome_is_named_where_labels_repeat(read) -> None:  # type: ignore[no-untyped-def]
    header = "study,events_t,n_t,events_c,n_c,sex"
    table = read(f"{header}\nA,1,10,2,10,men\nA,2,10,2,10,women\nB,1,10,2,10,men\nB,2,10,2,10,women\n")
    assert len(table.frame) == 4
    assert "`sex` tells these rows apart" in str(table.warnings[0])


def test_pairs_of_a_trial_with_three_arms_share_their_arm_in_a_network(read) -> None:  # type: ignore[no-untyped-def]
    header = "study,treatment_t,treatment_c,events_t,n_t,events_c,n_c"
    arms = read(f"{header}\nA,x,placebo,1,10,2,10\nA,y,placebo,3,10,2,10\n").arms()
    assert arms["treatment"].tolist() == ["x", "placebo", "y"]


def test_spellings_of_a_treatment_are_one_treatment(read) -> None:  # type: ignore[no-untyped-def]
    rows = "A,drug,11,35\nA,Usual care,2,33\nB,Drug,7,35\nB,usual-care,1,33\nC,drug,1,9\nC,Usual care,2,8\n"
    table = read(f"study,treatment,events,n\n{rows}")
    assert table.treatments == ("drug", "Usual care")
    assert table.spellings == {"drug": ("Drug", "drug"), "Usual care": ("Usual care", "usual-care")}
    assert table.against("USUAL CARE").comparator == "Usual care"
    assert any("is also spelled 'Drug'" in str(warning) for warning in table.warnings)


def test_the_comparator_is_never_guessed(read) -> None:  # type: ignore[no-untyped-def]
    """Two comparators that share the drug: the drug is in every study, and is not what it is compared with."""
    table = read("study,treatment,events,n\nA,drug,11,35\nA,inert,2,33\nB,drug,7,35\nB,nothing,1,33\n")
    with pytest.raises(InvalidInputError, match=r"which of drug, inert, nothing is the comparator .*--control"):
        table.against()
    numbered = read("study,treatment,events,n\n1,1,11,35\n1,2,2,33\n")
    assert numbered.against("2").frame["events_t"].tolist() == [11]


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("study,ai,n1i,ci,n2i\nA,11,35,2,33\n", "metafor"),
        ("studlab,TE,seTE\nA,0.5,0.2\n", "meta"),
        ("study,treatment,responders,sampleSize\nA,x,1,9\nA,placebo,2,9\n", "gemtc"),
        ("study,events_t,n_t,events_c,n_c\nA,11,35,2,33\n", None),
        ("_meta_id,_meta_studylabel,_meta_es,_meta_se,_meta_cil\n1,A,0.1,0.2,-0.3\n2,B,0.2,0.1,0.0\n", "Stata"),
    ],
)
def test_the_program_whose_names_these_are(read, text: str, dialect: str | None) -> None:  # type: ignore[no-untyped-def]
    assert read(text).dialect == dialect


def test_numbers_of_arms_are_said(read) -> None:  # type: ignore[no-untyped-def]
    assert "arm 1 taken as treated, arm 2 as comparator" in read("study,events1,n1,events2,n2\nA,11,35,2,33\n").said
    assert "arm 1 taken as treated, arm 0 as comparator" in read("study,r1,n1,r0,n0\nA,11,35,2,33\n").said


def test_marks_of_footnotes_are_taken_off_numbers_and_said(read) -> None:  # type: ignore[no-untyped-def]
    text = "study,events_t,n_t,events_c,n_c,dose\nA,12*,40,6,41,10a\nB,9,30b,4,29\u2020,20\nC,7,40,2,38,20\n"
    table = read(text)
    assert table.frame[["events_t", "n_t", "n_c"]].to_numpy().tolist() == [[12, 40, 41], [9, 30, 29], [7, 40, 38]]
    assert "footnote marks in `events_t` taken off (12*)" in table.said
    assert table.frame["dose"].tolist() == ["10a", "20", "20"]  # a label may be what it looks like


@pytest.mark.parametrize("cell", ["12d", "12e", "12 kg", "<12", "12?"])
def test_what_may_be_more_than_a_footnote_is_refused(read, cell: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(EvidenceError, match="row 2, `n_t`"):
        read(f"study,events_t,n_t,events_c,n_c\nA,1,{cell},6,41\nB,9,30,4,29\nC,7,40,2,38\n")


def test_commas_between_thousands_are_read_where_the_table_has_decimal_points(read) -> None:  # type: ignore[no-untyped-def]
    text = 'study,events,time,age\nA,12,"1,040",60.5\nB,30,"2,300",61\nC,25,800,62.25\n'
    table = read(text)
    assert table.frame["time"].tolist() == [1040, 2300, 800]
    assert "commas between thousands" in table.said
    with pytest.raises(EvidenceError, match=r"can mean 1040 or 1\.040"):
        read(text.replace("60.5", "60").replace("62.25", "62"))


def test_points_in_two_places_are_between_thousands(read) -> None:  # type: ignore[no-untyped-def]
    table = read("study,events,n\nA,12,1.040.000\nB,30,900000\n")
    assert table.frame["n"].tolist() == [1_040_000, 900_000]
    assert "separators of thousands in `n` taken off" in table.said


def test_a_name_that_stands_twice_is_refused_only_where_it_matters(read) -> None:  # type: ignore[no-untyped-def]
    table = read("study,events,n,notes,notes\nA,12,40,x,y\n")
    assert table.kept == ("notes", "notes (5)")
    assert "`notes` of column 5 called `notes (5)`, as the name stands twice" in table.said
    assert "column 6 left out, which repeats `n_c`" in read("study,events_t,n_t,events_c,n_c,n_c\nA,1,9,2,8,8\n").said
    with pytest.raises(EvidenceError, match="give each a name of its own, such as n_t and n_c for two arms"):
        read("study,events,n,events,n\nA,12,40,6,40\n")


def test_numbers_of_references_are_not_the_names_of_comparators(read) -> None:  # type: ignore[no-untyped-def]
    table = read("study,ref,events_t,n_t,events_c,n_c\nA,3,1,9,2,8\nB,17,2,19,2,18\n")
    assert "treatment_c" not in table.mapping
    assert table.kept == ("ref",)
    named = read("study,ref,events_t,n_t,events_c,n_c\nA,placebo,1,9,2,8\nB,placebo,2,19,2,18\n")
    assert named.mapping["treatment_c"] == "ref"
    codes = read("study,trt,ref,y,v\nA,1,2,0.5,0.04\nB,2,3,0.2,0.04\n")
    assert codes.mapping["treat2"] == "ref"


@pytest.mark.parametrize("name", ["Control/Placebo", "placebo / usual care", "sham or no treatment"])
def test_two_names_of_a_comparator_are_one(read, name: str) -> None:  # type: ignore[no-untyped-def]
    table = read(f"study,treatment,events,n\nA,{name},1,9\nA,drug,2,8\nB,drug,2,8\nB,{name},1,8\n")
    effects = tm.effects.from_frame(table, measure="OR")
    assert (effects.treated, effects.comparator) == ("drug", name)


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2\n3,4\n",
        "a,b\r\n1,2\r\n3,4",
        "a;b\n 1 ; 2\n3;4\n\n",
        "a,b\n1,2\n\n3,4\n",
        "a,b\n1,2,\n3,4\n",
        "a,b\n1\n3,4\n",
        "a\tb\r1\t2\r3\t4\r",
        'a,b\n"1,5",2\n3,4\n',
        "a b\n1 2\n3 4\n",
        "sep=;\na;b\n1;2\n",
        "x,y\n" * 12_000,
    ],
)
def test_even_rows_are_split_as_the_csv_module_does(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of one width without quotes are split in one go; lines, cells and lengths are those of the slow way."""
    from tmsmeta.tables import text_files

    fast, said = text_files._rows(text)
    monkeypatch.setattr(text_files, "_even_rows", lambda *_: None)
    slow, also = text_files._rows(text)
    assert (fast.lines, fast.columns, fast.lengths, said) == (slow.lines, slow.columns, slow.lengths, also)


@pytest.mark.parametrize(
    ("low", "high"),
    [("KI unten", "KI oben"), ("95%-KI UG", "95%-KI OG"), ("IC inf", "IC sup"), ("límite inferior", "límite superior")],
)
def test_limits_are_known_in_other_languages(low: str, high: str) -> None:
    table = tm.read_table({"Studie": ["A", "B"], "OR": [1.5, 2.0], low: [0.9, 1.1], high: [2.5, 3.64]})
    assert table.shape == "ratio"
    assert (table.mapping["ci_low"], table.mapping["ci_high"]) == (low, high)


def test_a_ratio_without_its_error_is_asked_for_that_alone() -> None:
    """Not for a second treatment, which would be another shape that needs more."""
    with pytest.raises(
        EvidenceError, match="to be read as estimates with their standard errors the table still needs se"
    ):
        tm.read_table({"Studie": ["A", "B"], "OR": [1.5, 2.0], "x": [0.9, 1.1]})
