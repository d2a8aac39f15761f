"""BibTeX of the papers that techniques come from, found by what their References say."""

import inspect
import re
from typing import Any, NamedTuple


class Work(NamedTuple):
    """One paper.

    ``mark`` is what a References section calls it: its arXiv number, else a part of its title.
    """

    mark: str
    kind: str
    key: str
    facts: dict[str, str]


def _work(mark: str, kind: str, key: str, author: str, title: str, year: str, **facts: str) -> Work:
    arxiv = {"eprint": mark, "archivePrefix": "arXiv"} if re.fullmatch(r"\d{4}\.\d{4,5}", mark) else {}
    return Work(mark, kind, key, {"author": author, "title": f"{{{title}}}", **facts, "year": year, **arxiv})


WORKS = (
    _work(
        "1312.6034", "inproceedings", "simonyan2014deep",
        "Simonyan, Karen and Vedaldi, Andrea and Zisserman, Andrew",
        "Deep Inside Convolutional Networks: Visualising Image Classification Models and Saliency Maps",
        "2014", booktitle="International Conference on Learning Representations, Workshop Track",
    ),
    _work(
        "1412.6806", "inproceedings", "springenberg2015striving",
        "Springenberg, Jost Tobias and Dosovitskiy, Alexey and Brox, Thomas and Riedmiller, Martin",
        "Striving for Simplicity: The All Convolutional Net",
        "2015", booktitle="International Conference on Learning Representations, Workshop Track",
    ),
    _work(
        "1311.2901", "inproceedings", "zeiler2014visualizing",
        "Zeiler, Matthew D. and Fergus, Rob",
        "Visualizing and Understanding Convolutional Networks",
        "2014", booktitle="European Conference on Computer Vision", pages="818--833",
    ),
    _work(
        "1610.02391", "inproceedings", "selvaraju2017gradcam",
        "Selvaraju, Ramprasaath R. and Cogswell, Michael and Das, Abhishek and Vedantam, Ramakrishna and Parikh, Devi "
        "and Batra, Dhruv",
        "Grad-CAM: Visual Explanations from Deep Networks via Gradient-Based Localization",
        "2017", booktitle="IEEE International Conference on Computer Vision", pages="618--626",
    ),
    _work(
        "Computing receptive fields", "article", "araujo2019computing",
        "Araujo, Andr{\\'e} and Norris, Wade and Sim, Jack",
        "Computing Receptive Fields of Convolutional Neural Networks",
        "2019", journal="Distill", doi="10.23915/distill.00021",
    ),
    _work(
        "1712.09913", "inproceedings", "li2018visualizing",
        "Li, Hao and Xu, Zheng and Taylor, Gavin and Studer, Christoph and Goldstein, Tom",
        "Visualizing the Loss Landscape of Neural Nets",
        "2018", booktitle="Advances in Neural Information Processing Systems", volume="31",
    ),
    _work(
        "1412.6544", "inproceedings", "goodfellow2015qualitatively",
        "Goodfellow, Ian J. and Vinyals, Oriol and Saxe, Andrew M.",
        "Qualitatively Characterizing Neural Network Optimization Problems",
        "2015", booktitle="International Conference on Learning Representations",
    ),
    _work(
        "1806.08805", "inproceedings", "antognini2018pca",
        "Antognini, Joseph and Sohl-Dickstein, Jascha",
        "PCA of High Dimensional Random Walks with Comparison to Neural Network Training",
        "2018", booktitle="Advances in Neural Information Processing Systems", volume="31",
    ),
    _work(
        "1901.10159", "inproceedings", "ghorbani2019investigation",
        "Ghorbani, Behrooz and Krishnan, Shankar and Xiao, Ying",
        "An Investigation into Neural Net Optimization via Hessian Eigenvalue Density",
        "2019", booktitle="International Conference on Machine Learning",
    ),
    _work(
        "1703.04933", "inproceedings", "dinh2017sharp",
        "Dinh, Laurent and Pascanu, Razvan and Bengio, Samy and Bengio, Yoshua",
        "Sharp Minima Can Generalize for Deep Nets",
        "2017", booktitle="International Conference on Machine Learning",
    ),
    _work(
        "1701.04128", "inproceedings", "luo2016understanding",
        "Luo, Wenjie and Li, Yujia and Urtasun, Raquel and Zemel, Richard",
        "Understanding the Effective Receptive Field in Deep Convolutional Neural Networks",
        "2016", booktitle="Advances in Neural Information Processing Systems", volume="29",
    ),
    _work(
        "2203.06717", "inproceedings", "ding2022scaling",
        "Ding, Xiaohan and Zhang, Xiangyu and Han, Jungong and Ding, Guiguang",
        "Scaling Up Your Kernels to 31x31: Revisiting Large Kernel Design in CNNs",
        "2022", booktitle="IEEE/CVF Conference on Computer Vision and Pattern Recognition",
    ),
    _work(
        "1506.06579", "inproceedings", "yosinski2015understanding",
        "Yosinski, Jason and Clune, Jeff and Nguyen, Anh and Fuchs, Thomas and Lipson, Hod",
        "Understanding Neural Networks Through Deep Visualization",
        "2015", booktitle="ICML Workshop on Deep Learning",
    ),
    _work(
        "1412.0035", "inproceedings", "mahendran2015understanding",
        "Mahendran, Aravindh and Vedaldi, Andrea",
        "Understanding Deep Image Representations by Inverting Them",
        "2015", booktitle="IEEE Conference on Computer Vision and Pattern Recognition", pages="5188--5196",
    ),
    _work(
        "1412.6856", "inproceedings", "zhou2015object",
        "Zhou, Bolei and Khosla, Aditya and Lapedriza, Agata and Oliva, Aude and Torralba, Antonio",
        "Object Detectors Emerge in Deep Scene CNNs",
        "2015", booktitle="International Conference on Learning Representations",
    ),
    _work(
        "ImageNet classification with deep convolutional", "inproceedings", "krizhevsky2012imagenet",
        "Krizhevsky, Alex and Sutskever, Ilya and Hinton, Geoffrey E.",
        "ImageNet Classification with Deep Convolutional Neural Networks",
        "2012", booktitle="Advances in Neural Information Processing Systems", volume="25",
    ),
    _work(
        "Visualizing higher-layer features", "techreport", "erhan2009visualizing",
        "Erhan, Dumitru and Bengio, Yoshua and Courville, Aaron and Vincent, Pascal",
        "Visualizing Higher-Layer Features of a Deep Network",
        "2009", institution="University of Montreal", number="1341",
    ),
    _work(
        "Activation atlas", "article", "carter2019activation",
        "Carter, Shan and Armstrong, Zan and Schubert, Ludwig and Johnson, Ian and Olah, Chris",
        "Activation Atlas",
        "2019", journal="Distill", doi="10.23915/distill.00015",
    ),
    _work(
        "building blocks of interpretability", "article", "olah2018building",
        "Olah, Chris and Satyanarayan, Arvind and Johnson, Ian and Carter, Shan and Schubert, Ludwig and Ye, Katherine "
        "and Mordvintsev, Alexander",
        "The Building Blocks of Interpretability",
        "2018", journal="Distill", doi="10.23915/distill.00010",
    ),
    _work(
        "Feature visualization", "article", "olah2017feature",
        "Olah, Chris and Mordvintsev, Alexander and Schubert, Ludwig",
        "Feature Visualization",
        "2017", journal="Distill", doi="10.23915/distill.00007",
    ),
    _work(
        "1506.02626", "inproceedings", "han2015learning",
        "Han, Song and Pool, Jeff and Tran, John and Dally, William J.",
        "Learning Both Weights and Connections for Efficient Neural Networks",
        "2015", booktitle="Advances in Neural Information Processing Systems", volume="28",
    ),
    _work(
        "2010.11929", "inproceedings", "dosovitskiy2021image",
        "Dosovitskiy, Alexey and Beyer, Lucas and Kolesnikov, Alexander and Weissenborn, Dirk and Zhai, Xiaohua and "
        "Unterthiner, Thomas and Dehghani, Mostafa and Minderer, Matthias and Heigold, Georg and Gelly, Sylvain and "
        "Uszkoreit, Jakob and Houlsby, Neil",
        "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale",
        "2021", booktitle="International Conference on Learning Representations",
    ),
    _work(
        "2103.14030", "inproceedings", "liu2021swin",
        "Liu, Ze and Lin, Yutong and Cao, Yue and Hu, Han and Wei, Yixuan and Zhang, Zheng and Lin, Stephen and "
        "Guo, Baining",
        "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows",
        "2021", booktitle="IEEE/CVF International Conference on Computer Vision",
    ),
    _work(
        "1902.10186", "inproceedings", "jain2019attention",
        "Jain, Sarthak and Wallace, Byron C.",
        "Attention is not Explanation",
        "2019", booktitle="Conference of the North American Chapter of the Association for Computational Linguistics",
    ),
    _work(
        "2108.08810", "inproceedings", "raghu2021do",
        "Raghu, Maithra and Unterthiner, Thomas and Kornblith, Simon and Zhang, Chiyuan and Dosovitskiy, Alexey",
        "Do Vision Transformers See Like Convolutional Neural Networks?",
        "2021", booktitle="Advances in Neural Information Processing Systems", volume="34",
    ),
    _work(
        "2005.00928", "inproceedings", "abnar2020quantifying",
        "Abnar, Samira and Zuidema, Willem",
        "Quantifying Attention Flow in Transformers",
        "2020", booktitle="Annual Meeting of the Association for Computational Linguistics",
    ),
    _work(
        "Clarke-Pearson", "article", "delong1988comparing",
        "DeLong, Elizabeth R. and DeLong, David M. and Clarke-Pearson, Daniel L.",
        "Comparing the Areas under Two or More Correlated Receiver Operating Characteristic Curves: A Nonparametric "
        "Approach",
        "1988", journal="Biometrics", volume="44", number="3", pages="837--845",
    ),
    _work(
        "Sun, Xu (2014)", "article", "sun2014fast",
        "Sun, Xu and Xu, Weichao",
        "Fast Implementation of DeLong's Algorithm for Comparing the Areas Under Correlated Receiver Operating "
        "Characteristic Curves",
        "2014", journal="IEEE Signal Processing Letters", volume="21", number="11", pages="1389--1393",
    ),
    _work(
        "Fawcett (2006)", "article", "fawcett2006introduction",
        "Fawcett, Tom", "An Introduction to ROC Analysis",
        "2006", journal="Pattern Recognition Letters", volume="27", number="8", pages="861--874",
    ),
    _work(
        "Davis, Goadrich", "inproceedings", "davis2006relationship",
        "Davis, Jesse and Goadrich, Mark", "The Relationship Between Precision-Recall and ROC Curves",
        "2006", booktitle="International Conference on Machine Learning", pages="233--240",
    ),
    _work(
        "Wilson (1927)", "article", "wilson1927probable",
        "Wilson, Edwin B.", "Probable Inference, the Law of Succession, and Statistical Inference",
        "1927", journal="Journal of the American Statistical Association", volume="22", number="158", pages="209--212",
    ),
    _work(
        "1706.04599", "inproceedings", "guo2017calibration",
        "Guo, Chuan and Pleiss, Geoff and Sun, Yu and Weinberger, Kilian Q.",
        "On Calibration of Modern Neural Networks",
        "2017", booktitle="International Conference on Machine Learning", pages="1321--1330",
    ),
    _work(
        "Naeini, Cooper, Hauskrecht", "inproceedings", "pakdamannaeini2015obtaining",
        "Pakdaman Naeini, Mahdi and Cooper, Gregory F. and Hauskrecht, Milos",
        "Obtaining Well Calibrated Probabilities Using Bayesian Binning",
        "2015", booktitle="AAAI Conference on Artificial Intelligence", pages="2901--2907",
    ),
    _work(
        "Elkan (2001)", "inproceedings", "elkan2001foundations",
        "Elkan, Charles", "The Foundations of Cost-Sensitive Learning",
        "2001", booktitle="International Joint Conference on Artificial Intelligence", pages="973--978",
    ),
    _work(
        "Saerens, Latinne, Decaestecker", "article", "saerens2002adjusting",
        "Saerens, Marco and Latinne, Patrice and Decaestecker, Christine",
        "Adjusting the Outputs of a Classifier to New a Priori Probabilities: A Simple Procedure",
        "2002", journal="Neural Computation", volume="14", number="1", pages="21--41",
    ),
    _work(
        "Everingham, Van Gool", "article", "everingham2010pascal",
        "Everingham, Mark and Van Gool, Luc and Williams, Christopher K. I. and Winn, John and Zisserman, Andrew",
        "The PASCAL Visual Object Classes (VOC) Challenge",
        "2010", journal="International Journal of Computer Vision", volume="88", number="2", pages="303--338",
    ),
    _work(
        "1405.0312", "inproceedings", "lin2014microsoft",
        "Lin, Tsung-Yi and Maire, Michael and Belongie, Serge and Bourdev, Lubomir and Girshick, Ross and Hays, James "
        "and Perona, Pietro and Ramanan, Deva and Zitnick, C. Lawrence and Dollar, Piotr",
        "Microsoft COCO: Common Objects in Context",
        "2014", booktitle="European Conference on Computer Vision", pages="740--755",
    ),
    _work(
        "1411.4038", "inproceedings", "long2015fully",
        "Long, Jonathan and Shelhamer, Evan and Darrell, Trevor",
        "Fully Convolutional Networks for Semantic Segmentation",
        "2015", booktitle="IEEE Conference on Computer Vision and Pattern Recognition", pages="3431--3440",
    ),
    _work(
        "1902.09630", "inproceedings", "rezatofighi2019generalized",
        "Rezatofighi, Hamid and Tsoi, Nathan and Gwak, JunYoung and Sadeghian, Amir and Reid, Ian and Savarese, Silvio",
        "Generalized Intersection over Union: A Metric and a Loss for Bounding Box Regression",
        "2019", booktitle="IEEE/CVF Conference on Computer Vision and Pattern Recognition", pages="658--666",
    ),
    _work(
        "1911.08287", "inproceedings", "zheng2020distanceiou",
        "Zheng, Zhaohui and Wang, Ping and Liu, Wei and Li, Jinze and Ye, Rongguang and Ren, Dongwei",
        "Distance-IoU Loss: Faster and Better Learning for Bounding Box Regression",
        "2020", booktitle="AAAI Conference on Artificial Intelligence", pages="12993--13000",
    ),
    _work(
        "2101.08158", "article", "zhang2022focal",
        "Zhang, Yi-Fan and Ren, Weiqiang and Zhang, Zhang and Jia, Zhen and Wang, Liang and Tan, Tieniu",
        "Focal and Efficient IOU Loss for Accurate Bounding Box Regression",
        "2022", journal="Neurocomputing", volume="506", pages="146--157",
    ),
    _work(
        "On lines and planes of closest fit", "article", "pearson1901lines",
        "Pearson, Karl",
        "On Lines and Planes of Closest Fit to Systems of Points in Space",
        "1901", journal="Philosophical Magazine", volume="2", number="11", pages="559--572",
    ),
    _work(
        "Visualizing data using t-SNE", "article", "vandermaaten2008visualizing",
        "van der Maaten, Laurens and Hinton, Geoffrey",
        "Visualizing Data using t-SNE",
        "2008", journal="Journal of Machine Learning Research", volume="9", pages="2579--2605",
    ),
    _work(
        "openTSNE: a modular Python library", "article", "policar2024opentsne",
        "Policar, Pavlin G. and Strazar, Martin and Zupan, Blaz",
        "openTSNE: A Modular Python Library for t-SNE Dimensionality Reduction and Embedding",
        "2024", journal="Journal of Statistical Software", volume="109", number="3", pages="1--30",
    ),
    _work(
        "1802.03426", "article", "mcinnes2018umap",
        "McInnes, Leland and Healy, John and Melville, James",
        "UMAP: Uniform Manifold Approximation and Projection for Dimension Reduction",
        "2018", journal="arXiv preprint",
    ),
    _work(
        "Nearest neighbor pattern classification", "article", "cover1967nearest",
        "Cover, Thomas M. and Hart, Peter E.",
        "Nearest Neighbor Pattern Classification",
        "1967", journal="IEEE Transactions on Information Theory", volume="13", number="1", pages="21--27",
    ),
    _work(
        "1610.01644", "article", "alain2016understanding",
        "Alain, Guillaume and Bengio, Yoshua",
        "Understanding Intermediate Layers Using Linear Classifier Probes",
        "2016", journal="arXiv preprint",
    ),
    _work(
        "2204.01697", "inproceedings", "tu2022maxvit",
        "Tu, Zhengzhong and Talebi, Hossein and Zhang, Han and Yang, Feng and Milanfar, Peyman and Bovik, Alan and Li, "
        "Yinxiao",
        "MaxViT: Multi-Axis Vision Transformer",
        "2022", booktitle="European Conference on Computer Vision",
    ),
    _work(
        "2203.08124", "inproceedings", "somepalli2022can",
        "Somepalli, Gowthami and Fowl, Liam and Bansal, Arpit and Yeh-Chiang, Ping and Dar, Yehuda and Baraniuk, "
        "Richard and Goldblum, Micah and Goldstein, Tom",
        "Can Neural Nets Learn the Same Model Twice? Investigating Reproducibility and Double Descent from the "
        "Decision Boundary Perspective",
        "2022", booktitle="IEEE/CVF Conference on Computer Vision and Pattern Recognition", pages="13699--13708",
    ),
    _work(
        "1905.00414", "inproceedings", "kornblith2019similarity",
        "Kornblith, Simon and Norouzi, Mohammad and Lee, Honglak and Hinton, Geoffrey",
        "Similarity of Neural Network Representations Revisited",
        "2019", booktitle="International Conference on Machine Learning",
    ),
    _work(
        "2010.15327", "inproceedings", "nguyen2021wide",
        "Nguyen, Thao and Raghu, Maithra and Kornblith, Simon",
        "Do Wide and Deep Networks Learn the Same Things? Uncovering How Neural Network Representations Vary with "
        "Width and Depth",
        "2021", booktitle="International Conference on Learning Representations",
    ),
    _work(
        "Generalized Procrustes analysis", "article", "gower1975generalized",
        "Gower, J. C.",
        "Generalized Procrustes Analysis",
        "1975", journal="Psychometrika", volume="40", number="1", pages="33--51",
    ),
    _work(
        "Neighborhood preservation in nonlinear projection", "inproceedings", "venna2001neighborhood",
        "Venna, Jarkko and Kaski, Samuel",
        "Neighborhood Preservation in Nonlinear Projection Methods: An Experimental Study",
        "2001", booktitle="International Conference on Artificial Neural Networks", pages="485--491",
    ),
    _work(
        "The art of using t-SNE", "article", "kobak2019art",
        "Kobak, Dmitry and Berens, Philipp",
        "The Art of Using t-SNE for Single-Cell Transcriptomics",
        "2019", journal="Nature Communications", volume="10", number="5416",
    ),
)  # fmt: skip


def references(technique: Any) -> str:
    """The References section of a technique's documentation, on one line; empty when it has none."""
    text = inspect.getdoc(technique) or ""
    found = re.search(r"^References\n-+\n(.*?)(?=^\w[\w ]*\n-{3,}\n|\Z)", text, re.DOTALL | re.MULTILINE)
    return " ".join(found.group(1).split()) if found else ""


def cited(technique: Any) -> tuple[Work, ...]:
    """The papers that a technique's documentation names."""
    text = references(technique).casefold()
    return tuple(work for work in WORKS if work.mark.casefold() in text)


def bibtex(technique: Any) -> str:
    """The papers that a technique's documentation names, as BibTeX."""
    return "\n\n".join(_entry(work) for work in cited(technique))


def _entry(work: Work) -> str:
    facts = "".join(f"  {name} = {{{value}}},\n" for name, value in work.facts.items())
    return f"@{work.kind}{{{work.key},\n{facts}}}"
