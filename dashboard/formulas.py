"""The formula of each method that explains a prediction, as its paper and our code have it."""

from typing import NamedTuple


class Formula(NamedTuple):
    """A formula in LaTeX, and what its letters mean; the words are in English, the key of their translation."""

    latex: str
    words: str


FORMULAS = {
    "saliency": Formula(
        r"M = \frac{\partial s_c}{\partial x}",
        "The score s of class c, before any softmax, by each value of the normalised input x; the picture shows the "
        "largest magnitude among the channels.",
    ),
    "guided_backprop": Formula(
        r"R^{\,l} = \max\!\left(0,\; f'(a^{\,l})\, R^{\,l+1}\right) \quad\text{at every rectifier } f, \qquad "
        r"R^{\,\text{end}} = \frac{\partial s_c}{\partial a^{\,\text{end}}}",
        "On its way back the gradient R passes each rectifier f with input a as usual, and then keeps only what is "
        "positive; the picture shows the largest magnitude among the channels at the input.",
    ),
    "occlusion": Formula(
        r"M(p) = \frac{1}{|W_p|} \sum_{w \in W_p} \left( s_c(x) - s_c(x_{\setminus w}) \right)",
        "The mean, over all windows w that cover the pixel p, of what the score or the probability s of class c loses "
        "when that window of the image x is hidden.",
    ),
    "grad_cam": Formula(
        r"M = \operatorname{up}\!\left( \max\!\left(0,\; \sum_k \alpha_k A^k \right)\right), \qquad "
        r"\alpha_k = \frac{1}{hw} \sum_{i,j} \frac{\partial s_c}{\partial A^k_{ij}}",
        "The channels A of a layer with h by w positions, each weighted by the mean gradient of the score s of class "
        "c, added, rectified unless the map is signed, and enlarged bilinearly to the size of the image.",
    ),
    "attention_rollout": Formula(
        r"M = \operatorname{up}\!\left(\prod_b \tfrac{1}{2}\left(\bar{A}_b + I\right)\right)",
        "The attention A of every block b, its heads made one, half and half with the identity I for the skip "
        "connection, multiplied from the first block to the last; the row of the class token.",
    ),
    "hiding": Formula(
        r"\Delta_c = p_c(x') - p_c(x), \qquad x' = m \odot f + (1 - m) \odot x",
        "The probability p of every class c for the image x, and for the same image with what the mask m covers "
        "replaced by the fill f; maps and activations are those of both images.",
    ),
}
